# Everything starts from here; a machine needs Python 3.11 or newer, make, and a network to PyPI and npm.

PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$name && break; done)
BIN := .venv/bin
UV_COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--custom-compile-command "make requirements"
# A third process fills the time that the others wait for servers and browsers.
PYTEST := $(BIN)/python -m pytest -n 3 --dist worksteal

.PHONY: help run test test-all check bench fuzz tour requirements format clean python set-up set-up-test

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

run: set-up ## set up, start everything on this machine, print the address and the demo sign-ins
	@exec $(BIN)/python -m hub.local run

test: set-up-test ## set up, run the test suite
	$(PYTEST) -m "not full" $(ARGS)

test-all: set-up-test ## the test suite with what takes long
	$(PYTEST) $(ARGS)

check: set-up-test ## form, lint, types, and the rules of the house
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/app/test_architecture.py

bench: set-up-test ## measure; one JSON object a line; ONLY=name for one, KEEP=folder keeps the data of page
	@$(BIN)/python -m tests.performance $(ONLY)

fuzz: set-up-test ## upload 5,000 made and broken files, each sort of change counted; SEED=n, FILES=n
	@$(BIN)/python -m tests.performance.fuzz $(or $(SEED),1) $(or $(FILES),5000)

tour: set-up-test ## make the README's pictures anew
	TOUR=1 $(BIN)/python -m pytest -q tests/browser/test_tour.py

format: set-up-test ## put the code into form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

requirements: set-up ## pin what requirements*.in ask for; UPGRADE=1 for the newest
	$(UV_COMPILE) $(if $(UPGRADE),--upgrade) requirements.in -o requirements.txt
	$(UV_COMPILE) $(if $(UPGRADE),--upgrade) requirements-dev.in -o requirements-dev.txt
	$(UV_COMPILE) $(if $(UPGRADE),--upgrade) requirements-node.in -o requirements-node.txt

clean: ## remove what set-up made; the data in var stays
	rm -rf .venv node_modules .browser .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

set-up: python
	@$(PYTHON) scripts/set_up.py run

set-up-test: python
	@$(PYTHON) scripts/set_up.py test

python:
	@$(or $(PYTHON),false) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	echo "$(if $(PYTHON),$(PYTHON) is not Python 3.11 or newer.,No Python 3.11 or newer was found.) Install one, or name it: make run PYTHON=/path/to/python3.12"; exit 1; }
