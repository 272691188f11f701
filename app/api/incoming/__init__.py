"""What comes in: bodies read piece by piece within limits, the fields in them, and clips from wherever they lie."""
