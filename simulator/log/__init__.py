"""Floor 0: the append-only log that a cluster is, and the state that folds it. Only ``log.redis`` imports Redis."""
