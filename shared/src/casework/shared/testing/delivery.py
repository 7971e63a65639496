"""Events carried without a broker, as tests and simulations do it: see `casework.shared.simulation.delivery`."""

from casework.shared.simulation.delivery import deliver, settle

__all__ = ["deliver", "settle"]
