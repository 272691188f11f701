"""What is done to a service to see whether it stands: attacks, limits asked for over a raw socket, and kills."""
