"""Parts: the files of weights that the service runs on: named, found, fetched, verified."""
