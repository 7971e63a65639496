"""Hand-offs: the rules of offering and receiving that are the same in every service, and the kinds there are. Pure."""
