"""Casework investigation: establishes what happened."""
