"""The published language: what crosses a service's border. Pure: no I/O, no clock, no ids minted."""
