# Needs python3 (3.11 or later, with venv) and make. Everything is installed into .venv, pinned and checked by hash.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh

VENV := .venv
BIN := $(VENV)/bin
PYTEST := $(BIN)/pytest -q -rs
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile

# The first Python on the path that is new enough; override with `make PYTHON=/path/to/python`.
PYTHON = $(shell for python in python3 python3.13 python3.12 python3.11 python3.14; do \
	$$python -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; \
	done)

# The tests that take about a minute: everything pure, the story, and what the source and the documents must keep to.
FAST_TESTS := tests/helpdesk tests/slack tests/test_story.py tests/test_house_rules.py tests/test_docs.py

# Property tests draw at least ten times as many examples.
DEEPER := $(if $(DEEP),--hypothesis-profile=deep)

# Where bytecode is not kept, every process of a run compiles everything once more: a third of the whole time.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help install demo measure test check bench chaos redaction words format dist clean pins

help: ## Say what can be made
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

install: $(VENV)/run.stamp ## Install the desk into .venv, to run it from this clone: docs/start.md

demo: $(VENV)/run.stamp ## Try the desk in your browser: a local Slack and a local Uppzy, no accounts needed
	$(BIN)/uppzy-desk demo

measure: $(VENV)/check.stamp ## Measure how much a reader of the code meets
	$(BIN)/python -m tests.measure

test: $(VENV)/check.stamp ## Run the tests: all, T=name for some, FAST=1 for the quick ones, DEEP=1 with many more examples
ifdef T
	$(PYTEST) $(DEEPER) $(if $(filter tests/%,$(T)),$(T),-k "$(T)")
else
	$(PYTEST) $(DEEPER) -n 4 --dist worksteal $(if $(FAST),$(FAST_TESTS))
endif

check: $(VENV)/check.stamp ## Lint, format, types, import rules, manifest
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict
	$(BIN)/lint-imports
	$(BIN)/pytest -q tests/test_manifest.py

bench: $(VENV)/check.stamp build/bench/peers.stamp ## Measure speed and endurance beside other bots, into docs/benchmarks.md
	$(BIN)/python -m tests.bench $(BENCH)

chaos: $(VENV)/check.stamp ## Have bad days with the bot, and write docs/chaos.md
	$(BIN)/python -m tests.chaos

redaction: $(VENV)/check.stamp ## Measure how well secrets and look-alikes are told apart, into docs/privacy.md
	$(BIN)/python -m tests.redaction

words: $(VENV)/check.stamp ## Measure how well words are understood, into docs/policy.md
	$(BIN)/python -m tests.words

format: $(VENV)/check.stamp ## Format the code and sort the imports
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

dist: $(VENV)/check.stamp ## Build a release into dist/: wheel, source archive, software bill of materials
	rm -rf dist
	$(BIN)/python requirements/release.py dist

clean: ## Remove the environment, caches and build results; databases and .env stay
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

pins: ## Pin the newest dependencies again (maintainers; needs the network)
	$(PYTHON) -m venv build/pins
	build/pins/bin/python -m pip install --quiet pip-tools
	build/pins/bin/python requirements/pin.py

$(VENV)/python.stamp:
	@test -n "$(PYTHON)" || { \
		echo "Uppzy Desk needs Python 3.11 or later with the venv module (Debian, Ubuntu: apt-get install python3-venv)."; \
		echo "Found: $$(python3 --version 2>&1 || echo no python3). Name another one: make PYTHON=/path/to/python3.12"; \
		exit 1; } >&2
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/run.stamp: $(VENV)/python.stamp pyproject.toml requirements/run.txt requirements/build.txt
	$(PIP_INSTALL) --require-hashes -r requirements/run.txt -r requirements/build.txt
	$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

# The other bots need older versions of what this one needs, so they live apart.
build/bench/peers.stamp: $(VENV)/python.stamp requirements/bench.txt
	$(PYTHON) -m venv build/bench
	build/bench/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes \
		-r requirements/bench.txt
	@touch $@

$(VENV)/check.stamp: $(VENV)/run.stamp requirements/check.txt
	$(PIP_INSTALL) --require-hashes -r requirements/check.txt
	@touch $@
