"""The append-only log of one service: tables, appending, reading, snapshots."""
