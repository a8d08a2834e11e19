# The commands of this project. `make` alone lists them.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run test lint install install-runtime machine-setup bench soak lock clean fuzz api-list

# One step at a time, whatever -j says: each stands on the one before.
.NOTPARALLEL:

BIN := .venv/bin
# The port of `make run`; `fetlock demo` reads it from the environment.
export PORT ?= 8000
# How many processes run the tests that can share a machine.
TEST_PROCESSES ?= 2
# How long `make soak` works and kills, over both databases together.
SOAK_MINUTES ?= 10
# What the linters look at, besides the members.
OURS := core hostapp plugins tests conftest.py $(wildcard bench)

help:
	@echo "make run      start the demo clinic at http://127.0.0.1:$(PORT) (PORT=... for another port)"
	@echo "make test     check and test everything"
	@echo "make lint     ruff, mypy and import-linter only"
	@echo "make fuzz     made-up requests to every operation of the JSON API (EXAMPLES=... for more)"
	@echo "make api-list write the list of all operations of the JSON API anew"
	@echo "make bench    the benchmarks"
	@echo "make soak     kill everything for $(SOAK_MINUTES) minutes, then count (SOAK_MINUTES=..., SOAK_SEED=...)"
	@echo "make install  make the environment in .venv"
	@echo "make lock     resolve and pin the dependencies again (UPGRADE=1 for newer ones)"
	@echo "make clean    remove the environment and all caches; local data in var/ stays"

install-runtime:
	@scripts/install runtime

install:
	@scripts/install dev

machine-setup:
	@scripts/machine-setup

# `exec` leaves no shell between, so that Ctrl-C and SIGTERM reach the demo itself.
run: install-runtime
	@exec $(BIN)/fetlock demo

test: install machine-setup lint
	@echo "test: all but the serial tests, in $(TEST_PROCESSES) processes"
	@$(BIN)/python -m pytest -q -n $(TEST_PROCESSES) -m "not serial"
	@echo "test: the serial tests"
	@$(BIN)/python -m pytest -q -m serial || [ $$? -eq 5 ] # 5: there are none

lint: install
	@echo "lint: ruff"
	@$(BIN)/ruff check --quiet $(OURS)
	@$(BIN)/ruff format --quiet --check $(OURS) || { $(BIN)/ruff format --check $(OURS); exit 1; }
	@echo "lint: mypy"
	@$(BIN)/mypy --no-error-summary $(OURS)
	@echo "lint: import-linter"
	@$(BIN)/lint-imports --no-cache >.lint-imports.log 2>&1 || { cat .lint-imports.log; exit 1; }
	@rm -f .lint-imports.log

# How many requests of each of two kinds `make fuzz` sends to each operation.
EXAMPLES ?= 300

fuzz: install machine-setup
	@for database in sqlite postgresql; do \
		echo "fuzz: $$database"; \
		FETLOCK_FUZZ_EXAMPLES=$(EXAMPLES) FETLOCK_FUZZ_DATABASE=$$database \
			$(BIN)/python -m pytest -q -n $(TEST_PROCESSES) --timeout 3600 tests/api/test_fuzz.py; \
	done

api-list: install
	@$(BIN)/python -m tests.api.operations

bench: install
	@$(BIN)/python -m bench

soak: install machine-setup
	@$(BIN)/python -m tests.soak --minutes $(SOAK_MINUTES) $(if $(SOAK_SEED),--seed $(SOAK_SEED))

lock:
	@scripts/lock

clean:
	rm -rf .venv .venv-lock .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis \
		.install.lock .lint-imports.log test-results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
