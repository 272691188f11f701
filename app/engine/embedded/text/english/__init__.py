"""English: written text to spoken words (`reader`), words to phonemes (`pronunciation`)."""
