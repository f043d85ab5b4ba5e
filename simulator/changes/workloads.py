"""What changed in controllers and scheduler."""
