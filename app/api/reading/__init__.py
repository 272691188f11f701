"""How a text will be read."""
