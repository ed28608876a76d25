# Needs make and Python 3.11 or newer. Everything else is fetched into .venv, held to the hashes of the locks.
PYTHON ?= python3
BIN := .venv/bin
SEEDS ?= 1000
SEED ?= 1
SECONDS ?= 200
LONG := $(addprefix tests/journeys/test_,bad_input.py demo.py kill_nine.py link_cut.py load.py moved.py one_holder.py repeating.py replaced.py schemathesis.py)
CHAOS := $(addprefix tests/chaos/test_,asking.py checker_on_services.py faults.py kill_nine.py load.py)
SLOW := $(addprefix --ignore=,tests/browser tests/bench $(CHAOS) $(LONG))

.PHONY: demo test verify bench scale load simulate faults browser chaos format venv web lock
.DEFAULT_GOAL := demo

demo: .venv/run.stamp web  ## start everything, replay the receipt log, show the board
	$(BIN)/sanji demo $(ARGS)

test: .venv/dev.stamp web  ## all tests but those that need minutes each, a browser or root
	$(BIN)/python -m pytest -n 2 --dist loadgroup $(SLOW) $(ARGS)

faults: .venv/dev.stamp web  ## the long journeys: kills, cut links, races, replaced Kafka, generated requests
	$(BIN)/python -m pytest $(LONG) $(ARGS)

browser: .venv/dev.stamp web  ## the screens in a browser
	$(BIN)/python -m pytest tests/browser $(ARGS)

# As root, with Debian's iptables and libfaketime; it touches nothing outside a network and mounts of its own.
chaos: .venv/dev.stamp web  ## each fault once; then those of SEED over a system at work for SECONDS, all of it checked
	$(BIN)/python -m tests.chaos.namespace -m pytest tests/chaos
	$(BIN)/python -m tests.chaos --seed $(SEED) --seconds $(SECONDS) $(ARGS)

bench: .venv/dev.stamp  ## ratios against the references, with their targets; ARGS=--peers: other products only; SCALE=full: scale, too
	$(BIN)/python -m tests.bench $(ARGS)
	$(if $(filter full,$(SCALE)),$(BIN)/python -m tests.bench.scale --full)

scale: .venv/dev.stamp  ## what things cost when there are many cases; SCALE=full: ten million
	$(BIN)/python -m tests.bench.scale $(if $(filter full,$(SCALE)),--full) $(ARGS)

load: .venv/dev.stamp web  ## cases through all three levels as a load, at rising rates
	$(BIN)/python -m tests.bench.end_to_end $(ARGS)

simulate: .venv/dev.stamp  ## the protocol over SEEDS seeded schedules
	$(BIN)/python -m tests.simulation --seeds $(SEEDS) $(ARGS)

verify: .venv/dev.stamp web  ## what must hold before anything is given out
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/python -m contracts.generate --check
	$(BIN)/python -m pytest tests/browser
	$(BIN)/python -m pytest $(LONG)
	$(BIN)/python -m tests.chaos --seed $(SEED) --seconds $(SECONDS)
	$(BIN)/python -m deploy.cleanclone

format: .venv/dev.stamp
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

venv: .venv/dev.stamp

# The browser's two libraries, held to the hashes of the lock; the services serve them themselves.
PAGES = services/pages
web: $(PAGES)/static/vendor/web.stamp

$(PAGES)/static/vendor/web.stamp: $(PAGES)/web/package-lock.json | .venv/run.stamp
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/npm ci --silent --prefix $(PAGES)/web
	mkdir -p $(@D)
	cp $(PAGES)/web/node_modules/htmx.org/dist/htmx.min.js $(PAGES)/web/node_modules/echarts/dist/echarts.min.js $(@D)
	@touch $@

# uv does not read pip's settings, so a mirror set for pip is handed on
INSTALL = index="$${UV_DEFAULT_INDEX:-$${PIP_INDEX_URL:-$$($(BIN)/python -m pip config get global.index-url 2>/dev/null)}}"; \
	$${index:+env UV_DEFAULT_INDEX="$$index"} $(BIN)/uv pip install --quiet --python $(BIN)/python

.venv/uv.stamp: bootstrap.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Sanji needs Python 3.11 or newer; name one by make PYTHON=python3.x")'
	@$(PYTHON) -c 'import venv, ensurepip' || { echo 'This Python cannot make environments: install its venv module (Debian: apt-get install python3-venv).'; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m ensurepip --default-pip >/dev/null
	$(BIN)/python -m pip install --quiet --require-hashes --only-binary :all: -r bootstrap.lock
	@touch $@

.venv/run.stamp: .venv/uv.stamp requirements-run.lock pyproject.toml
	@$(INSTALL) --require-hashes -r requirements-run.lock
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev.stamp: .venv/run.stamp requirements.lock
	@$(INSTALL) --require-hashes -r requirements.lock
	@touch $@

LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links

lock: .venv/uv.stamp  ## after a change of the dependencies in pyproject.toml
	$(LOCK) --all-extras pyproject.toml -o requirements.lock
	$(LOCK) --extra local pyproject.toml -c requirements.lock -o requirements-run.lock
	$(LOCK) tests/bench/peers/requirements.in -o tests/bench/peers/requirements.lock
