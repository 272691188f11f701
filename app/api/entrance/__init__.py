"""What every request passes before a route: keys, origins and hosts, and the headers of each answer."""
