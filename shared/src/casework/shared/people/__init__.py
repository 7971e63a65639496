"""Who works on cases: how they are reached, when they are away, and who stands in."""
