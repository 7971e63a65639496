"""Weeks of work in simulated time: the same services, on a real database, with a clock that is told what time it is."""
