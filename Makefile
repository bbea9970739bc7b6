# `make run` (with PORT=9000 at another port), `make test`, and `make bench` (with BENCH="cycles pages" only these). Each
# makes its own environment in .venv on first use.
PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: run test check coverage bench clean

run: .venv/installed
	$(BIN)/seedfeed run $(if $(PORT),--port $(PORT))

# One more than there are processors: many tests wait for processes of their own.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)

test: check
	$(BIN)/python -m pytest -n $(WORKERS)

# The same tests, and what of the code they ran; it takes half as long again.
coverage: .venv/testable
	$(BIN)/python -m pytest -n auto --cov --cov-report=term

# The short form of all benchmarks, under ten minutes; see benchmarks/README.md.
bench: .venv/installed
	$(BIN)/python -m benchmarks $(BENCH)
	$(BIN)/python docs/make.py

check: .venv/testable
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# What an attempt that broke off left behind is made anew.
.venv/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Seedfeed needs Python 3.11 or newer; name one with: make PYTHON=python3.12 …" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || { echo "Python's venv is missing; on Debian and Ubuntu: sudo apt install python3-venv" >&2; exit 1; }
	@rm -rf .venv
	$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet "pip>=25.1"
	@touch $@

.venv/installed: .venv/made pyproject.toml
	@echo "Installing the libraries into .venv, once; this takes a minute or two."
	@$(BIN)/python -m pip install --quiet --editable .
	@touch $@

.venv/testable: .venv/installed
	@echo "Installing what the tests need into .venv, once."
	@$(BIN)/python -m pip install --quiet --group test
	@touch $@

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage*
