"""Floor 1: the small POSIX shell, over a filesystem and a table of programs that others hand it."""
