"""`python -m benchmarks.floor CASES`: one run of the floor on its own parts; one JSON object on standard output."""

from benchmarks.floor.run import TOPICS, run_floor
from benchmarks.stack import measure_alone

if __name__ == "__main__":
    measure_alone("benchmarks.floor", run_floor, TOPICS, default_cases=20_000)
