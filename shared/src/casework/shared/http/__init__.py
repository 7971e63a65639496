"""The HTTP kit that every service is made with."""
