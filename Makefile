# Each target installs what is missing: on a fresh machine one command is enough.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PEERS := .bench-peers
UV_VERSION := $(shell sed -n 's/^uv==\([0-9.]*\).*/\1/p' requirements.lock)
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-annotate --no-header --no-strip-extras
ARGS ?=

export DO_NOT_TRACK := 1
export MLFLOW_DISABLE_TELEMETRY := true
export DAGSTER_DISABLE_TELEMETRY := yes

.DEFAULT_GOAL := help
.PHONY: help install up demo test lint types contracts tests prove bench-peers lock clean

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

install: $(STAMP) ## create .venv and install the locked packages

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Nija needs Python 3.11 or newer; name one with: make $(MAKECMDGOALS) PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { echo "$(PYTHON) cannot make virtual environments; on Debian: apt install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-build-isolation --no-deps --editable .
	$(BIN)/python -m nija.running.compile_ahead
	@touch $(STAMP)

up: $(STAMP) ## start everything and keep it running; Ctrl-C stops it cleanly
	@$(BIN)/python -m nija up

demo: $(STAMP) ## train, release and trade once in a temporary folder; ARGS=--json for one line of JSON
	@$(BIN)/python -m nija demo $(ARGS)

# Types take a core for a minute where mypy has no cache: beside the tests, and told only if bad.
test: lint contracts ## lint, types, import contracts and tests: all must pass before a change lands
	@echo "$(BIN)/mypy, beside the tests"; told=$$(mktemp); \
	  $(BIN)/mypy >"$$told" 2>&1 & types=$$!; trap 'kill $$types' INT TERM; \
	  $(MAKE) --no-print-directory tests; tests=$$?; \
	  wait $$types; found=$$?; [ $$found -eq 0 ] || cat "$$told"; rm -f "$$told"; \
	  exit $$((tests | found))

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)
	$(BIN)/mypy

contracts: $(STAMP)
	$(BIN)/lint-imports

tests: $(STAMP)
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n auto tests

prove: $(STAMP) ## the slow statistical tests: many seeds, several minutes
	$(BIN)/python -m pytest -m prove tests

bench-peers: $(PEERS)/.installed ## install the programs apart that are measured against

$(PEERS)/.installed: bench/peers/requirements.txt | $(STAMP)
	@rm -f $@
	$(BIN)/uv venv --quiet --allow-existing --python $(BIN)/python $(PEERS)
	$(BIN)/uv pip sync --quiet --python $(PEERS)/bin/python bench/peers/requirements.txt
	@touch $@

lock: $(STAMP) ## update requirements.lock and the requirements.txt of bench-peers
	$(LOCK) --all-extras pyproject.toml -o requirements.lock
	$(LOCK) bench/peers/requirements.in -o bench/peers/requirements.txt

clean: ## delete .venv, what bench-peers installed, and all caches
	rm -rf $(VENV) $(PEERS) .mypy_cache .ruff_cache .import_linter_cache .hypothesis
