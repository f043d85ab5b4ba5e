"""Floor 5: scenarios that break, explain and check."""
