"""Answers out: sound and text that flow while they are made, until the client leaves."""
