"""What may put a complaint right, and who may offer how much of it: the institution's rules, as data."""
