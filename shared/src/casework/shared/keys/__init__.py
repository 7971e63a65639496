"""Sealing of personal data under one key a person, and the store of those keys."""
