"""Speaking: Kokoro, and the blend of its voices that comes nearest to a reference."""
