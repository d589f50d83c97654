# Two commands for a fresh machine with Python 3.11+, make and git: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: demo test bench bench-archive bench-panel validation screenshots train-extra every-extra clean

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "emtract needs Python 3.11 or newer; name one with PYTHON=/path/to/python")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) --editable .
	touch $@

$(VENV)/installed-test: $(VENV)/installed
	$(PIP) --editable '.[test]'
	touch $@

$(VENV)/installed-train: $(VENV)/installed-test
	$(PIP) --editable '.[train]'
	touch $@

$(VENV)/installed-all: $(VENV)/installed-train
	$(PIP) --editable '.[all]'
	touch $@

demo: $(VENV)/installed ## the whole line on a synthetic archive whose truth is written down
	$(BIN)/emtract demo

test: $(VENV)/installed-test ## lint, types, tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest

bench: $(VENV)/installed-train ## speed beside a DistilBERT of EmTract's shape, into reports/benchmarks; reads EMTRACT_DATA
	$(BIN)/python -m emtract.benchmark

bench-archive: $(VENV)/installed-train ## a hundred times StockNet through the store, into reports/benchmarks; needs EMTRACT_DATA and 15 GB
	$(BIN)/python -m emtract.benchmark.scale compare runs/archive

bench-panel: $(VENV)/installed-test ## regressions on up to ten million firm-sessions, into reports/benchmarks
	$(BIN)/python -m emtract.benchmark.panel

validation: $(VENV)/installed-test ## 500 simulated data sets a design: coverage, size and power, into reports/validation
	$(BIN)/python -m emtract.validation

screenshots: $(VENV)/installed-test ## pictures of the main pages, into reports/screenshots; needs a Chrome or Chromium
	$(BIN)/python -m tests.report.screenshots

train-extra: $(VENV)/installed-train ## PyTorch and what training needs; tests of training skip without it

every-extra: $(VENV)/installed-all ## PyTorch, Ray and all else that a test can need, so that none skips for want of a package

clean: ## remove the environment and what runs leave behind
	rm -rf $(VENV) runs dist build
