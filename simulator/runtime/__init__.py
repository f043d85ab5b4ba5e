"""Floor 0: virtual time, cooperative tasks, seeded names."""
