"""What a process needs to live: settings, logging, database, broker, embedded parts, supervision."""
