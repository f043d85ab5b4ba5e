"""Floor 6: ways in that need the host: its terminal, its shell, its sockets."""
