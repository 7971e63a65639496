"""Tools of the auditor and the operator: verify the record, replay a case, export it, refill a store."""
