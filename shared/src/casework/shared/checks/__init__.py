"""Checklists that are answered by a person before a stage ends."""
