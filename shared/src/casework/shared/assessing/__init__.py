"""How an institution weighs a complaint: the matrix of the initial assessment."""
