"""Floor 5: the migration engine, through the Client only."""
