"""What an institution says about evidence: checklists, retention, tariffs, papers of parties, packs for meetings."""
