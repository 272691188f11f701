"""Sentences for people: what the facts of the engine (`app/engine/facts`, `app/engine/errors`) are called.

`rendering.py` puts values into the rows of a table; `english.py` is the table of the API, the command line and doctor.
The page adds Chinese, and a few sentences of its own (`app/ui/sentences.py`, `app/ui/messages.py`).
"""
