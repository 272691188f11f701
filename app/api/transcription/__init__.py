"""Transcription and translation: the fields in, what is said in OpenAI's formats out."""
