"""Hearing: where somebody speaks, what is said, in which language."""
