"""The notary: keeps the hashes of every log apart from the databases, and signs what the logs were."""
