"""Waiting: whose turn it is, and how long it takes until it comes."""
