"""The command line: one parser for the service and for everything that can be asked of it.

A door like the others: `say`, `clone`, `edit` and the rest ask the API, of a running service (`--server`) or of an
engine that is loaded for the one command and answers over a socket that nobody else reaches (`local.py`). So a command
can do what the API can, and says what the API says.
"""
