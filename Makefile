# Every target sets up .venv by itself; a machine needs Python 3.11 or later and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready

.PHONY: demo test test-slow test-all check format prism job-servers test-runners gazetteer fuzz gate lock clean

demo: $(READY)  ## run over the sample newsroom
	rm -rf demo-news
	$(BIN)/copytaster demo

test: $(READY)  ## run the tests, without those marked slow
	$(BIN)/python -m pytest -m "not slow"

test-slow: $(READY)  ## run the tests marked slow
	$(BIN)/python -m pytest -m slow

test-all: test test-slow  ## run all tests

check: $(READY)  ## check lint, format, types and import directions
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

SET ?=
RUNNERS ?= fnapi workers prism flink spark flink-pool
test-runners: $(READY)  ## compare the rows of RUNNERS over the sample newsroom, or SET=articles.jsonl
	$(BIN)/python -m benchmarks.gates.runners $(SET) --runners $(RUNNERS)

format: $(READY)  ## format the code
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

prism: $(READY)  ## build Beam's Prism runner with Go
	GOBIN="$(CURDIR)/$(BIN)" go install "github.com/apache/beam/sdks/v2/go/cmd/prism@v$$($(BIN)/python -c 'import apache_beam; print(apache_beam.__version__)' 2>/dev/null)"

job-servers: $(READY)  ## fetch Beam's job servers for Flink and Spark with Maven
	for name in flink spark; do mvn -B -q -f deploy/job-servers/$$name.xml dependency:copy-dependencies \
		-DoutputDirectory="$(CURDIR)/$(VENV)/job-servers/$$name" || exit 1; done

gazetteer: $(READY)  ## rebuild the gazetteer from its sources
	$(BIN)/python -m transforms.regions.build.gazetteer

SECONDS ?= 60
SEED ?= 1
fuzz: $(READY)  ## read mutated feeds and pages for SECONDS; failures are kept in tests/seeds
	$(BIN)/python -m benchmarks.gates.fuzz --seconds $(SECONDS) --seed $(SEED)

PAGES ?=
gate: $(READY)  ## measure extraction against its floors, also on PAGES=labelled.jsonl
	$(BIN)/python -m benchmarks.gates.extraction $(PAGES)

lock:  ## pin the versions of a new environment, after bounds in setup.py changed
	rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --editable ".[dev]"
	$(BIN)/pip freeze --exclude-editable > requirements-lock.txt

clean:
	rm -rf $(VENV) build *.egg-info demo-news .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(READY): setup.py pyproject.toml requirements-lock.txt
	$(PYTHON) -c 'import sys; sys.exit("copytaster needs Python 3.11 or later, %s is %d.%d" % (sys.executable, *sys.version_info[:2]) if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint requirements-lock.txt --editable ".[dev]"
	touch $@
