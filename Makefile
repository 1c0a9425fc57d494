# Everything installs itself into .venv: Python 3.11 or later and make are all a machine needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready

.PHONY: demo test check format prism job-servers test-runners gazetteer fuzz gate lock clean

demo: $(READY)  ## run the main job on the sample newsroom
	rm -rf demo-news
	$(BIN)/copytaster demo

test: $(READY)  ## pass the tests
	$(BIN)/python -m pytest

check: $(READY)  ## lint, format and types, as CI does
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

SET ?=
RUNNERS ?= fnapi workers prism flink spark flink-pool
test-runners: $(READY)  ## one newsroom, the sample or SET=articles.jsonl, through RUNNERS: the same rows
	$(BIN)/python -m benchmarks.gates.runners $(SET) --runners $(RUNNERS)

format: $(READY)  ## put the code into its format
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

prism: $(READY)  ## build Beam's Prism runner, of Beam's own version, with Go
	GOBIN="$(CURDIR)/$(BIN)" go install "github.com/apache/beam/sdks/v2/go/cmd/prism@v$$($(BIN)/python -c 'import apache_beam; print(apache_beam.__version__)' 2>/dev/null)"

job-servers: $(READY)  ## put Beam's job servers for Flink and Spark into .venv, with Maven and Java 17
	for name in flink spark; do mvn -B -q -f deploy/job-servers/$$name.xml dependency:copy-dependencies \
		-DoutputDirectory="$(CURDIR)/$(VENV)/job-servers/$$name" || exit 1; done

gazetteer: $(READY)  ## build the gazetteer anew from its sources
	$(BIN)/python -m transforms.regions.build.gazetteer

SECONDS ?= 60
SEED ?= 1
fuzz: $(READY)  ## read mutated feeds and pages for SECONDS, other ones by SEED; what fails is kept in tests/seeds
	$(BIN)/python -m benchmarks.gates.fuzz --seconds $(SECONDS) --seed $(SEED)

PAGES ?=
gate: $(READY)  ## measure extraction against its floors: the golden pages, and PAGES=labelled.jsonl
	$(BIN)/python -m benchmarks.gates.extraction $(PAGES)

lock:  ## pin what is installed in a new environment, after the bounds in setup.py changed
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
