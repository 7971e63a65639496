"""Casework followup: tracks every case to its closure."""
