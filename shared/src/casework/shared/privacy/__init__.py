"""Where personal data can be, and how it goes."""
