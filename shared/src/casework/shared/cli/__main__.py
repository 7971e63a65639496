"""`python -m casework.shared.cli` is the same as `casework`."""

from casework.shared.cli import main

if __name__ == "__main__":
    main()
