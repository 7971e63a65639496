"""Procedures: the documents by which complaints are handled, version by version, and who has to have read them."""
