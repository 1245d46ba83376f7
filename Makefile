# The two commands that matter: `make run` and `make test`. Each installs first what is missing.
SHELL := /bin/bash
.DEFAULT_GOAL := help
BIN := .venv/bin
TESTERS ?= 2

.PHONY: help run install install-run test check format soak bench lock demo-reset

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

run: install-run ## serve on http://127.0.0.1:8000 (PORT=… changes it), with demo accounts when the database is new
	@exec scripts/run.sh

install: ## put run-time and development tools into .venv; quick when nothing changed
	@scripts/install.sh dev

install-run:
	@scripts/install.sh run

test: install ## every test: SQLite, PostgreSQL, API, browser (ARGS="tests/core -x" narrows it)
	@ANJU_TEST_SCHEMA=migrations $(BIN)/python -m pytest -n $(TESTERS) --dist loadfile $(ARGS)

check: install ## lint, format, types, import contracts; all of them, whatever the first says
	@status=0; for step in "ruff check" "ruff format --check --output-format concise" "mypy" "lint-imports --no-logo"; do \
	  echo "check: $$step"; $(BIN)/$$step || status=1; \
	done; exit $$status

format: install ## put the code into the one format
	@$(BIN)/ruff check --fix-only --quiet
	@$(BIN)/ruff format

soak: install ## the long runs: kills in the middle, large data
	@ANJU_TEST_SCHEMA=migrations $(BIN)/python -m pytest -m soak $(ARGS)

bench: install ## the benchmarks; prints a table and writes bench/results.json
	@$(BIN)/python bench/run.py $(ARGS)

lock: install ## make the locks from requirements*.in and package.json, with hashes and no address
	@scripts/lock.sh

demo-reset: install-run ## throw the demo's database and files away (asks first); the next `make run` makes new ones
	@scripts/demo_reset.sh
