"""How objects become text: tables, YAML, JSON, JSONPath, templates. Pure functions from objects to strings."""
