"""Sessions over HTTP: recordings, takes, edits, undo. Page and API see the same session."""
