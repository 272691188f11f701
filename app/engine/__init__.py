"""The engine: everything EditX does to sound. It knows nothing of HTTP or web pages."""
