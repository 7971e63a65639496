"""Case files: what people read of one case, folded from its events when they ask."""
