"""What the four services have in common: the published language and the machinery."""
