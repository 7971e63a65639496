"""`python -m benchmarks.byhand CASES`: one by-hand run on its own parts; one JSON object on standard output."""

from benchmarks.byhand.run import TOPICS, run_byhand
from benchmarks.stack import measure_alone

if __name__ == "__main__":
    measure_alone("benchmarks.byhand", run_byhand, TOPICS, default_cases=1_000)
