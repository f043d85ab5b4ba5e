"""Floor 6: ways in over sockets."""
