"""Sanction ladders: what an infringement brings, counted over those of its party. Pure."""
