"""What is said to a complainant: the wording that is not sent, and the way outside that a final answer names."""
