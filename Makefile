# make lab    sets up and runs the registry lab        make test   sets up and passes the tests
# make check  what CI runs                             make help   all the rest

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help lab test check lint types contracts docs docs-verify bench profiles replay update type-tree type-facts clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

$(BIN)/python:
	$(PYTHON) -m venv $(VENV) || { echo "this needs Python's venv: on Debian, apt-get install python3-venv"; exit 1; }

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(VENV)/.installed

lab: $(VENV)/.installed  ## run the registry lab, each output verified
	@$(BIN)/ocsim lab run registry

test: $(VENV)/.installed-dev  ## pass the whole test suite
	$(BIN)/pytest -q --numprocesses auto --dist loadfile

check: lint types contracts test docs  ## everything that CI runs

lint: $(VENV)/.installed-dev  ## ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .

types: $(VENV)/.installed-dev  ## mypy, strict
	$(BIN)/mypy

contracts: $(VENV)/.installed-dev  ## the floors of ARCHITECTURE.md, by import-linter
	$(BIN)/lint-imports

docs: docs-verify  ## build the site; every command block of it is run and verified first
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

docs-verify: $(VENV)/.installed-dev  ## run every command block of README.md and docs/
	$(BIN)/ocsim lab verify README.md docs

bench: $(VENV)/.installed-dev  ## measure: start-up, the lab, memory
	$(BIN)/python -m benchmarks

profiles: $(VENV)/.installed-dev  ## generate the frozen state of the profiles from their YAML
	for name in simulator/profiles/*/profile.yaml; do \
	  $(BIN)/python -m simulator.profiles.build $$(basename $$(dirname $$name)) --write || exit 1; done

replay: $(VENV)/.installed-dev  ## live through one simulation again and tell all: make replay SEED=40
	$(BIN)/python -m tests.simulation $(SEED)

update: $(VENV)/.installed-dev  ## rewrite what is generated: profiles, tables and outputs in the docs
	$(BIN)/python -m simulator.api.resourcetable
	$(MAKE) --no-print-directory profiles
	$(BIN)/ocsim api coverage --update docs/api-coverage.md
	$(BIN)/ocsim lab verify README.md docs --update

type-tree: $(VENV)/.installed-dev  ## make the type tree of Kubernetes 1.33 anew, from a package on PyPI
	$(BIN)/python -m pip download --quiet --no-deps --dest build/type-tree lightkube-models==1.33.1.8
	$(BIN)/python -m zipfile -e build/type-tree/lightkube_models-1.33.1.8-py3-none-any.whl build/type-tree
	$(BIN)/python -m tools.kubernetes_types build/type-tree

type-facts: $(VENV)/.installed-dev  ## make the facts of API types anew, from the vendored sources of openshift/oc
	test -d build/oc || git clone --quiet --depth 1 --branch release-4.20 https://github.com/openshift/oc build/oc
	$(BIN)/python -m tools.type_facts build/oc/vendor
	$(BIN)/python -m tools.list_types build/oc/vendor

clean:  ## remove what was built
	rm -rf $(VENV) build dist site *.egg-info .pytest_cache .mypy_cache .ruff_cache
