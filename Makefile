# Two commands for a fresh machine with Python 3.11 or later, make and a package index:
#   make demo   installs the core and prints the statements of an example article as a table
#   make test   installs everything and runs every check and every test
# On a machine whose index offers only builds of torch with CUDA, name another: make test TORCH='torch==2.13.0+cpu'

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.PHONY: demo test check lint types imports dependencies clean

find_python = for name in python3.11 python3.12 python3.13 python3 python; do \
	if "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo "$$name"; exit 0; fi; done
PYTHON ?= $(shell $(find_python))
TORCH ?= torch==2.13.0
ARTICLE ?= examples/summit_en.txt

DEMO := .venv-demo
TEST := .venv-test
BIN := $(TEST)/bin

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1
# Twice quiet: errors are shown, warnings about an index are not.
pip_install = -m pip install -qq

# The demo installs a copy, so it is made anew when a file of the package changes; the test environment reads the files.
sources := $(shell find stance configs -type f ! -name '*.pyc')

demo: $(DEMO)/.installed
	@$(DEMO)/bin/stance predict $(ARTICLE)

$(DEMO)/.installed: pyproject.toml README.md LICENSE NOTICE $(sources)
	@echo "Installing the core into $(DEMO) ..."
	$(call make_venv,$(DEMO))
	@$(DEMO)/bin/python $(pip_install) .
	@touch $@

test: check
	@$(BIN)/pytest

check: lint types imports dependencies

lint: $(TEST)/.installed
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(TEST)/.installed
	@$(BIN)/mypy

imports: $(TEST)/.installed
	@$(BIN)/lint-imports

dependencies: $(TEST)/.installed
	@$(BIN)/deptry .

$(TEST)/.installed: pyproject.toml
	@echo "Installing everything into $(TEST) ..."
	$(call make_venv,$(TEST))
	@$(TEST)/bin/python $(pip_install) '$(TORCH)'
	@$(TEST)/bin/python $(pip_install) -e '.[dev]'
	@touch $@

define make_venv
@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed; name one: make PYTHON=/path/to/python" >&2; exit 1; }
@test -x $(1)/bin/python || $(PYTHON) -m venv $(1)
endef

clean:
	rm -rf $(DEMO) $(TEST) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -not -path './.venv*' -prune -exec rm -rf {} +
