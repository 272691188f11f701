"""Word lists of other packages, read from their files and kept small: a few bytes an entry instead of a few hundred."""
