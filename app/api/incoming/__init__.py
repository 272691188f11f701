"""Bodies as they are sent: read piece by piece, within limits."""
