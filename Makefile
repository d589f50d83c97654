# Two commands for a fresh machine with Python 3.11+, make and git: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
# Options of a benchmark, of the validation or of pytest: make bench ARGS="--posts 64 --compared 16".
ARGS ?=
BIN := $(VENV)/bin
# The tests start hundreds of processes, and none should compile anew what the last one compiled.
export PYTHONDONTWRITEBYTECODE :=
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: demo test bench bench-archive bench-panel bench-correction validation pages screenshots docs train-extra every-extra clean

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
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder $(ARGS)

bench: $(VENV)/installed-train ## speed beside a DistilBERT of EmTract's shape, into reports/benchmarks; reads EMTRACT_DATA
	$(BIN)/python -m tests.benchmarks $(ARGS)

bench-archive: $(VENV)/installed-train ## a hundred times StockNet through the store, into reports/benchmarks; needs EMTRACT_DATA and 15 GB
	$(BIN)/python -m tests.benchmarks.scale compare runs/archive $(ARGS)

bench-panel: $(VENV)/installed-test ## regressions on up to ten million firm-sessions, into reports/benchmarks
	$(BIN)/python -m tests.benchmarks.panel $(ARGS)

bench-correction: $(VENV)/installed-test ## a study corrected for few posts beside the plain one, a million cells, into reports/benchmarks
	$(BIN)/python -m tests.benchmarks.correction $(ARGS)

validation: $(VENV)/installed-test ## 500 to 5,000 simulated data sets a design: coverage, size and power, into reports/validation
	$(BIN)/python -m tests.validation $(ARGS)

pages: $(VENV)/installed-test ## every page of reports/ made anew from the archives in ../shared/data, then the pictures
	$(BIN)/emtract run -c stocknet.toml
	$(BIN)/emtract run -c stockemotions.toml
	$(BIN)/emtract run -c stocktwits.toml
	$(BIN)/emtract demo runs/market --market
	rm -rf reports/generated && cp -r runs/market/reports reports/generated
	$(BIN)/emtract model report --data ../shared/data
	$(MAKE) screenshots

screenshots: $(VENV)/installed-test ## pictures of the main pages, into reports/screenshots; needs a Chrome or Chromium
	$(BIN)/python -m tests.report.screenshots

docs: $(VENV)/installed-test ## the documentation as a site that works offline, into site/
	$(BIN)/python -m tests.docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet
	@echo site/index.html

train-extra: $(VENV)/installed-train ## PyTorch and what training needs; tests of training skip without it

every-extra: $(VENV)/installed-all ## PyTorch, Ray and all else that a test can need, so that none skips for want of a package

clean: ## remove the environment and what runs leave behind
	rm -rf $(VENV) runs dist build site
