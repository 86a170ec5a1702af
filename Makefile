# Each target sets up what it needs on a machine that has Python 3.11 or newer.
.DEFAULT_GOAL := help
.PHONY: help setup demo test check up down golden bench bench-speed bench-drift-cost bench-pull bench-detection clean

BOOT := .cache/boot
UV := $(shell command -v uv 2>/dev/null || echo $(BOOT)/bin/uv)
PYTHON ?= $(shell for python in python3.13 python3.12 python3.11 python3; do command -v $$python && break; done)
BIN := .venv/bin
export UV_COMPILE_BYTECODE := 1

help: ## Show what each target does
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

$(BOOT)/bin/uv:
	$(PYTHON) devstack/get_uv.py $(BOOT)

.venv/.locked: pyproject.toml uv.lock | $(filter $(BOOT)/bin/uv,$(UV))
	$(UV) sync --frozen --all-extras
	@touch $@

setup: .venv/.locked ## Install everything, as locked, into .venv

demo: setup ## A synthetic company with planted drifts, end to end, by real Airflow DAG runs
	$(BIN)/python -m devstack demo

test: setup ## All tests that take less than minutes, as CI runs them
	$(BIN)/pytest -n 3 --dist loadscope --no-loadscope-reorder --doctest-modules

check: setup ## Format, lint, types and floors
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell icp_monitor dags plugins devstack benchmarks config tests docs *.md

up: setup ## Start Airflow with its UI and a PostgreSQL of its own; prints address and login
	$(BIN)/python -m devstack up

down: ## Stop all that `make up` started
	$(BIN)/python -m devstack down

golden: setup ## Renew the golden files; review the difference before you commit it
	$(BIN)/pytest tests/golden --renew-golden -p no:randomly

bench: bench-speed bench-drift-cost bench-pull ## Measure what docs/speed.md reports; takes some minutes

bench-speed: setup ## Cost of a look day beside SQL by hand and pandas, at 1e5 and 1e6 accounts
	$(BIN)/python -m benchmarks.speed

bench-drift-cost: setup ## Cost of judging a week, from stored statistics and from deals beside Evidently
	$(BIN)/python -m benchmarks.drift_cost

bench-pull: setup ## Cost of pulling opportunities from PostgreSQL, beside a bare COPY
	$(BIN)/python -m benchmarks.pull

bench-detection: setup ## What monitoring finds and how often it is wrong; writes docs/detection.md, takes half an hour
	OPENBLAS_NUM_THREADS=1 PATH="$(abspath $(dir $(UV))):$$PATH" $(BIN)/python -m benchmarks.detection --write-docs

clean: down ## Remove what was built and started
	rm -rf .venv .cache .local demo-output
