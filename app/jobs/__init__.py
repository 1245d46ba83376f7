"""Background work: what takes longer than a person should wait, and what falls due by itself each day."""
