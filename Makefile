# One target a chore. CI, hooks and people call the same ones.
PYTHON := .venv/bin/python
CASEWORK := .venv/bin/casework
MEMBERS := shared services/intake services/investigation services/resolution services/followup
SOURCES := shared/src services/intake/src services/investigation/src services/resolution/src services/followup/src
STAMP := .venv/.installed

# Where it is set, every process that a test starts compiles its libraries anew: that is most of its start.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup demo practice test test-quick test-faults test-long test-kafka test-docker kafka lint format bench schemas compatible lock clean

help: ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | sort

setup: $(STAMP) ## install everything into .venv; quick when nothing changed

$(STAMP): requirements/bootstrap.txt requirements/dev.txt $(addsuffix /pyproject.toml,$(MEMBERS))
	@test -x $(PYTHON) || python3 -m venv .venv
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	@.venv/bin/uv pip sync --quiet --python $(PYTHON) --require-hashes requirements/dev.txt
	@.venv/bin/uv pip install --quiet --python $(PYTHON) --no-deps --no-build-isolation $(addprefix -e ,$(MEMBERS))
	@touch $@

demo: setup ## complaints from the inbox to closure, a verified audit trail, and a stack that serves on
	@$(CASEWORK) demo

test: test-quick test-faults ## the whole suite: some 45 minutes on two cores

test-quick: setup ## the suite without the trials that kill processes: some 25 minutes
	@$(PYTHON) -m pytest -n 2 --dist loadscope --no-loadscope-reorder -m "not long and not docker and not faults"

test-faults: setup ## kill -9 of everything, in its short size
	@$(PYTHON) -m pytest -m "faults and not long and not docker"

test-long: setup ## the full size: hours; see docs/reliability.md for the last run
	@$(PYTHON) -m pytest -m "long and not docker"

practice: setup ## the rows of docs/practice.md and the tests that show them: make practice GROUP=B
	@$(PYTHON) -m tests.practice $(or $(GROUP),$(error say which: make practice GROUP=B))

kafka: setup ## one Apache Kafka broker on 127.0.0.1:9092, from Maven Central's jars
	@$(PYTHON) -m casework.shared.testing.apache_kafka --port 9092

test-kafka: setup ## every test that touches the wire, on Apache Kafka itself
	@$(PYTHON) -m casework.shared.testing.apache_kafka -- $(PYTHON) -m pytest -m "wire and not long and not docker"

test-docker: setup ## the same by Testcontainers; skips with a reason where Docker does not answer
	@CASEWORK_TEST_DOCKER=1 $(PYTHON) -m pytest -m "wire and not long"

lint: setup ## format, lint, types, borders between the services, deploy files
	@.venv/bin/ruff format --check --quiet .
	@.venv/bin/ruff check --quiet .
	@.venv/bin/mypy $(SOURCES) examples tests benchmarks shared/tests services/*/tests
	@.venv/bin/lint-imports
	@$(PYTHON) deploy/check.py

format: setup ## write the format and the fixes that need no thought
	@.venv/bin/ruff check --fix --quiet .
	@.venv/bin/ruff format --quiet .

bench: setup ## Casework beside the floor and the by-hand pipeline, in one run
	@$(CASEWORK) bench

schemas: setup ## write schemas/ anew from the contracts
	@$(PYTHON) -m casework.shared.contracts.export schemas
	@$(PYTHON) -m casework.shared.http.export schemas
	@$(PYTHON) -m casework.shared.http.event_catalogue docs/events.md schemas/samples

compatible: setup ## the schemas of this code against those of the last release: what breaks, type by type
	@$(PYTHON) -m casework.shared.contracts.compatibility --against $(or $(AGAINST),released)

lock: setup ## resolve requirements/*.in into hashes
	@for name in bootstrap runtime dev; do \
	  .venv/bin/uv pip compile --quiet --python-version 3.11 --generate-hashes --no-header --no-annotate \
	    requirements/$$name.in -o requirements/$$name.txt || exit 1; done

clean: ## remove what make made, but no data
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
