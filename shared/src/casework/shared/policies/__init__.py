"""What rules and institutions say, as data, and the reading of it."""
