"""Speech for text that arrives in pieces, as a model writes it: a WebSocket."""
