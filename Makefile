PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
ARGS   ?=
N      ?= 2000

.DEFAULT_GOAL := help

help: ## list the targets
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q --disable-pip-version-check -e '.[dev]'
	@touch $@

setup: $(VENV)/installed ## create the virtual environment

demo: $(VENV)/installed ## two sandbox CRMs, one full run, and a table of what happened
	@$(BIN)/syncer demo $(ARGS)

test: $(VENV)/installed ## the whole suite
	$(BIN)/python -m pytest -n 2 --dist worksteal $(ARGS)

sim: $(VENV)/installed ## N simulated worlds (N=2000)
	$(BIN)/python -m simulation run --worlds $(N) $(ARGS)

bench: $(VENV)/installed ## benchmarks against limits measured in the same run
	$(BIN)/python -m benchmarks $(ARGS)

lint: $(VENV)/installed ## style and architecture
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/lint-imports

picture: $(VENV)/installed ## draw the picture of the demo anew (docs/demo.svg)
	@$(BIN)/python docs/picture.py

permissions: $(VENV)/installed ## list what Salesforce has to grant (docs/permissions.md)
	@$(BIN)/python docs/permissions.py

.PHONY: help setup demo test sim bench lint picture permissions
