"""An integrator's side of Casework: what it posts, how it reads its files, and a client that posts until answered."""
