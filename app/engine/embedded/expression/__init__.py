"""Emotion and style: pitch, pace and colour of a clip moved."""
