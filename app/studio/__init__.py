"""What people make: sessions, takes, recipes. It calls the engine and keeps results; page and API call it alike."""
