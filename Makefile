# Everything is installed into the checkout: .venv (all parts and the tools), .venv-agent (what a sandbox sees), .cache.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= $(or $(shell command -v python3.11),$(shell command -v python3))
UV := .cache/tools/bin/uv
RF := .venv/bin/researchfleet
FLEET ?= examples/quickstart.yaml
RUN_FLAGS ?= --again
PYTEST_FLAGS ?=
ifdef CI
export UV_NO_PROGRESS := 1
endif

SOURCES := $(shell find core/src agent_image/src -name '*.py' -o -name pyproject.toml 2>/dev/null)
MEMBERS := core evaluator_image hub_image agent_image cli

.PHONY: help install run test e2e lint format generate lock clean \
        bench bench-methods bench-science bench-overhead bench-evaluator

help: ## this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 18

install: .venv/.installed .venv-agent/.installed .cache/.prepared ## install everything into the checkout, build features once

.cache/tools/.installed: requirements/tools.txt
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11))" || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11"; exit 2; }
	@echo "install: uv"
	@$(PYTHON) -m venv .cache/tools
	@.cache/tools/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/tools.txt
	@touch $@

.venv/.installed: .cache/tools/.installed requirements/dev.txt $(MEMBERS:%=%/pyproject.toml)
	@echo "install: platform and tools into .venv (about 5 GB, torch included)"
	@$(UV) venv --quiet --allow-existing --python $(PYTHON) .venv
	@$(UV) pip sync --quiet --python .venv --require-hashes requirements/dev.txt
	@$(UV) pip install --quiet --python .venv --no-deps --build-constraints requirements/build.txt $(MEMBERS:%=-e %)
	@touch $@

.venv-agent/.synced: .cache/tools/.installed requirements/agent.txt
	@echo "install: the agents' own environment into .venv-agent"
	@$(UV) venv --quiet --allow-existing --python $(PYTHON) .venv-agent
	@$(UV) pip sync --quiet --python .venv-agent --require-hashes requirements/agent.txt
	@touch $@

# Not editable: a sandbox sees this environment and nothing of the checkout.
.venv-agent/.installed: .venv-agent/.synced $(SOURCES)
	@$(UV) pip install --quiet --python .venv-agent --no-deps --reinstall --compile-bytecode \
	  --build-constraints requirements/build.txt ./core ./agent_image
	@touch $@

.cache/.prepared: .venv/.installed .venv-agent/.installed $(FLEET)
	@$(RF) prepare $(FLEET)
	@touch $@

run: install ## run examples/quickstart.yaml; interrupted, it goes on (FLEET=..., RUN_FLAGS=...)
	@$(RF) run $(FLEET) $(RUN_FLAGS)

test: install ## all tests that need no cluster
	@.venv/bin/python -m pytest -m "not e2e" -n 2 --dist loadfile $(PYTEST_FLAGS)

e2e: install ## tests against real servers and a real cluster, built here from Go modules
	@scripts/e2e.sh $(PYTEST_FLAGS)

lint: .venv/.installed ## ruff, mypy, import-linter, generated files
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy $(MEMBERS:%=%/src)
	@.venv/bin/lint-imports
	@.venv/bin/python scripts/generate.py --check

format: .venv/.installed ## format and mend what can be mended
	@.venv/bin/ruff check --fix .
	@.venv/bin/ruff format .

generate: .venv/.installed ## crds/ and docs/reference/ from the models
	@.venv/bin/python scripts/generate.py
	@.venv/bin/python -m researchfleet.summary.document docs/summary.md

lock: .cache/tools/.installed ## resolve the hashed requirement files anew
	@scripts/lock.sh

bench: bench-evaluator bench-overhead bench-methods bench-science ## all benchmarks

bench-evaluator: install ## durable scored submissions per second against bare parsing and commit
	@.venv/bin/python scripts/bench/evaluator.py

bench-overhead: install ## a fleet's recorded experiments against the same list in one plain script
	@.venv/bin/python scripts/bench/overhead.py

bench-methods: install ## every method on every domain, sealed rows
	@.venv/bin/python scripts/bench/methods.py

bench-science: install ## the fleet's finalist against the four human methods, sealed and transfer
	@.venv/bin/python scripts/bench/science.py

clean: ## remove what was installed and built; runs/ stays
	@rm -rf .venv .venv-agent .cache
