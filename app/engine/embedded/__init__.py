"""The embedded CPU backend."""
