"""Followup's rules. Pure: no I/O, no clock, no ids minted, no logging."""
