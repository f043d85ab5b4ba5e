"""Floor 2: what moves. One reconcile loop a file."""
