"""Floor 4: the built-in oc, one verb a file."""
