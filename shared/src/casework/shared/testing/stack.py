"""The four services in this process, as tests and simulations have them: see `casework.shared.simulation.stack`."""

from casework.shared.simulation.stack import Stack, stack_on

__all__ = ["Stack", "stack_on"]
