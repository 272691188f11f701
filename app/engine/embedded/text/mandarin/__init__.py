"""Mandarin: written text to spoken characters (`reader`), characters to phonemes (`pronunciation`)."""
