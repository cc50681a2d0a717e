"""Background work of the core."""
