"""Sounds of people: laughter, breath, interjections, and where they are put."""
