# Two commands: `make run` and `make test`. Both make their own environment in .venv on first use.
PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: run test check coverage clean

run: .venv/installed
	$(BIN)/seedfeed run

# One more than there are processors: many tests wait for processes of their own.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)

test: check
	$(BIN)/python -m pytest -n $(WORKERS)

# The same tests, and what of the code they ran; it takes half as long again.
coverage: .venv/testable
	$(BIN)/python -m pytest -n auto --cov --cov-report=term

check: .venv/testable
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Seedfeed needs Python 3.11 or newer; name one with: make PYTHON=python3.12 …" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet "pip>=25.1"

.venv/installed: .venv/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

.venv/testable: .venv/installed
	$(BIN)/python -m pip install --quiet --group test
	@touch $@

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage*
