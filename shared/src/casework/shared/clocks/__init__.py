"""Counting time the way rules do: calendars, lengths, deadlines. Pure values; nothing here reads a clock or a file."""
