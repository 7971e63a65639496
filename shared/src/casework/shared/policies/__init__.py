"""Policies as data: the files that ship with Casework, and what reads them."""
