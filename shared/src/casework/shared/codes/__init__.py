"""The lists of codes that an institution sorts its complaints by."""
