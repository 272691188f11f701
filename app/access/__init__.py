"""Who may come in: keys, and the cookies that this service signs. Knows no web framework."""
