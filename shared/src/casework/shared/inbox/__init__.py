"""Taking in what other services recorded: the order guard, healing from feeds, parking."""
