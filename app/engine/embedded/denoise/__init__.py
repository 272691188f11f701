"""Denoising: DeepFilterNet3 and its signal path."""
