"""The library: voices and consents that are kept."""
