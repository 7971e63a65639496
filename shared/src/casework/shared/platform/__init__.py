"""What belongs to the whole installation: its identity, and who may call it."""
