"""Casework resolution: decides, answers and hears the reply."""
