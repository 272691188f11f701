"""Sound: samples and what is done to them: reading, writing, stretching, measuring."""
