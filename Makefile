# Entrepot. `make run` shows the product, `make test` proves it; both set everything up by themselves.
SHELL := /bin/bash
PYTHON ?= python3
UV := .tools/bin/uv
RUN := .venv/bin
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run test check demo bench storm lock clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

# uv lives in a folder of its own: a sync of .venv removes whatever the lock does not list.
.tools/stamp: requirements/tools.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Entrepot needs Python 3.11 or later; name it with: make PYTHON=/path/to/python3.11"; exit 1; }
	@echo "Setting up (once) …"
	@$(PYTHON) -m venv .tools
	@.tools/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/tools.txt 2> >(grep -v '^WARNING: Location' >&2)
	@touch $@

.venv/stamp-run: .tools/stamp requirements/run.txt pyproject.toml
	@test -x $(RUN)/python || $(UV) venv --quiet --python $(PYTHON) .venv
	@if [ ! -e .venv/stamp-dev ]; then $(UV) pip sync --quiet --require-hashes --python $(RUN)/python requirements/run.txt; fi
	@$(UV) pip install --quiet --no-deps --python $(RUN)/python -e .
	@touch $@

.venv/stamp-dev: .tools/stamp requirements/dev.txt pyproject.toml
	@test -x $(RUN)/python || $(UV) venv --quiet --python $(PYTHON) .venv
	@$(UV) pip sync --quiet --require-hashes --python $(RUN)/python requirements/dev.txt
	@$(UV) pip install --quiet --no-deps --python $(RUN)/python -e .
	@touch $@ .venv/stamp-run

setup: .venv/stamp-run ## what `make run` needs; puts .venv/bin/entrepot in place
setup-dev: .venv/stamp-dev
	@bin/browser

run: setup ## start Entrepot with demo orders; Ctrl-C stops all of it
	@exec $(RUN)/entrepot up --demo

test: setup-dev check ## format, lint, types, walls, migrations and all tests
	@$(RUN)/python -m pytest -n 2 tests

check: setup-dev
	@bin/check

demo: setup ## the main job, headless: leaves labels.pdf, picklist.pdf, shipped.xlsx in ./out
	@$(RUN)/entrepot demo --out out

bench: setup-dev ## speed as ratios, measured in one run
	@$(RUN)/entrepot bench --orders 5000 --batch 500
	@$(RUN)/python -m bench

SEED ?= 7
ORDERS ?= 1000
storm: setup-dev ## every fault at once, processes killed, both sides compared: make storm SEED=7 ORDERS=1000
	@$(RUN)/python -m bench.storm --seed $(SEED) --orders $(ORDERS)

lock: .tools/stamp ## renew the locked requirement files
	@for f in tools run dev; do $(COMPILE) requirements/$$f.in -o requirements/$$f.txt; done

clean: ## remove what set-up made; data in ./var stays
	@rm -rf .venv .tools out
