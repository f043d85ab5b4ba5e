"""Floor 5: the lab runner."""
