# One command for everything, here and in CI. `make` alone lists the targets.
# Each target makes its own virtual environment when that is missing.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: help demo test coverage lint bench requirements clean
.DEFAULT_GOAL := help

help:  ## show this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

$(VENV)/.runtime: requirements.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --require-hashes -r requirements.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.runtime
	$(PIP) install --require-hashes -r requirements-dev.txt
	@touch $@

demo: $(VENV)/.runtime  ## the bot, a stand-in for Telegram and a chat page in the browser; no token
	$(BIN)/digestbot demo $(ARGS)

test: $(VENV)/.dev  ## all tests
	$(BIN)/python -m pytest -n 2 $(ARGS)

coverage: $(VENV)/.dev  ## all tests, and which lines they never reach; takes a quarter longer
	$(BIN)/python -m pytest -n 2 --cov $(ARGS)

lint: $(VENV)/.dev  ## ruff, mypy, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.dev  ## speed, as ratios and counts
	$(BIN)/python -m tests.bench $(ARGS)

requirements:  ## pin anew (needs uv on the path)
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate \
	  --python-version 3.11 --upgrade pyproject.toml --group build -o requirements.txt
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate \
	  --python-version 3.11 -c requirements.txt pyproject.toml --group dev -o requirements-dev.txt

clean:  ## remove what the other targets made
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
