"""The floor: the same events through the same parts with no domain at all. What the parts can do on this machine.

Five processes (four stages and a tracker) speak raw asyncpg and raw aiokafka: COPY into a serial event table with
a hash chain per case, a relay that reads below the snapshot's horizon, a cursor per case on what was read, a ledger of
every event and one status row per case. Nothing is validated, decided, sealed, parked or healed.
"""
