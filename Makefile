# Everything a newcomer needs. `make run` is the main job, `make test` is what CI runs.
export PYTHONDONTWRITEBYTECODE = 1
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
READY := .venv/ready
PEERS := .venv/peers

.PHONY: setup peers run up down lint fast check all test bench eval-gate eval-tagger weights clean

setup: $(READY)

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.version_info[:2] == (3, 11) or sys.exit("Python 3.11 is needed: make PYTHON=/path/to/python3.11")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

# What `make bench` and the evaluations compare with.
peers: $(PEERS)

$(PEERS): $(READY) requirements-peers.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-peers.lock
	touch $@

# ONCE=1 also approves, waits for the published bundle, and stops Airflow.
run: setup
	$(BIN)/stas demo $(if $(ONCE),--once)

up: setup
	$(BIN)/stas up

down: setup
	$(BIN)/stas down

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fast: setup
	$(BIN)/python -m pytest -m "not slow"

check: setup
	$(MAKE) --no-print-directory --jobs=2 --output-sync=target lint fast

all: setup
	$(BIN)/python -m pytest

test: setup
	$(MAKE) --no-print-directory --jobs=2 lint all

bench: peers
	$(BIN)/python -m tests.bench
	$(BIN)/python -m tests.bench formats
	$(BIN)/python -W ignore -m tests.bench.gate
	$(BIN)/python -W ignore -m tests.bench.tagger

# The gate and the tagger on labelled texts, beside their peers.
eval-gate: peers
	$(BIN)/python -W ignore -m tests.evaluation.gate

eval-tagger: peers
	$(BIN)/python -W ignore -m tests.evaluation.tagger --write
	$(BIN)/python -W ignore -m tests.evaluation.context

# What the tagger learns from labelled sentences: schemas/indicators/weights.csv.
weights: peers
	$(BIN)/python -m tests.evaluation.learn

clean:
	-test ! -x $(BIN)/stas || $(BIN)/stas down
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
