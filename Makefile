# The two commands: `make run` shows the atlas on the embedded demo city, `make test` passes the
# tests. Both create what they need; both may be called again at any time.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)
EDITION := editions/musterstadt
PORT ?= 8501
WORKERS ?= auto

.PHONY: help run install install-dev browser servers check lint test test-long bench kennzahlen lock wheel clean

help:
	@echo "make run        shows the atlas on Musterstadt at http://localhost:$(PORT)"
	@echo "make test       all tests, the real browser included"
	@echo "make install    only creates .venv"
	@echo "make check      lint, types, direction of imports, the tests that are quick"
	@echo "make test-long  what takes longer than the everyday run allows"
	@echo "make bench      measurements against named peers"
	@echo "make kennzahlen writes the handbook page on every figure from the catalogue"
	@echo "make lock       renews the lock files (needs uv)"

run: install
	$(BIN)/sozialatlas demo --out $(EDITION) --port $(PORT)

install: $(VENV)/.run-installed
install-dev: $(VENV)/.dev-installed

# pip and uv read the same lock: versions and hashes, no address.
define install_locked
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; name one: make PYTHON=python3.12 ..." >&2; exit 1; }
	$(if $(UV),\
	  test -x $(BIN)/python || $(UV) venv --python $(PYTHON) $(VENV),\
	  test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV))
	$(if $(UV),\
	  $(UV) pip install --quiet --python $(BIN)/python --require-hashes -r $(1),\
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(1))
	$(if $(UV),\
	  $(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .,\
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .)
endef

$(VENV)/.run-installed: requirements.lock pyproject.toml
	$(call install_locked,requirements.lock)
	@touch $@

$(VENV)/.dev-installed: requirements-dev.lock pyproject.toml
	$(call install_locked,requirements-dev.lock)
	@touch $@ $(VENV)/.run-installed

# The tests drive a Chromium of the system; another one is named by SOZIALATLAS_CHROMIUM.
FIND_BROWSER = [ -n "$$SOZIALATLAS_CHROMIUM" ] || command -v chromium || command -v chromium-browser \
	|| command -v google-chrome || command -v google-chrome-stable

browser:
	@if $(FIND_BROWSER) >/dev/null; then :; \
	elif command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
	  echo "Installing chromium for the browser tests"; \
	  apt-get update -qq && apt-get install -y -qq chromium >/dev/null; \
	elif command -v apt-get >/dev/null && command -v sudo >/dev/null; then \
	  echo "Installing chromium for the browser tests with sudo apt-get"; \
	  sudo apt-get update -qq && sudo apt-get install -y -qq chromium >/dev/null; \
	fi
	@if ! { $(FIND_BROWSER); } >/dev/null; then \
	  echo "The browser tests need chromium: install it, or name one in SOZIALATLAS_CHROMIUM." >&2; \
	  exit 1; \
	fi

# The tests start a PostgreSQL with PostGIS and a MapServer of their own; without their packages
# those tests are skipped.
SERVERS := postgresql postgresql-postgis cgi-mapserver
servers:
	@if ls /usr/lib/postgresql/*/bin/initdb /usr/lib/cgi-bin/mapserv >/dev/null 2>&1; then :; \
	elif command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
	  echo "Installing $(SERVERS) for the tests"; \
	  apt-get update -qq && apt-get install -y -qq --no-install-recommends $(SERVERS) >/dev/null || true; \
	elif command -v apt-get >/dev/null && command -v sudo >/dev/null; then \
	  echo "Installing $(SERVERS) for the tests with sudo apt-get"; \
	  { sudo apt-get update -qq && sudo apt-get install -y -qq --no-install-recommends $(SERVERS) >/dev/null; } || true; \
	fi

lint: install-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint
	$(BIN)/python -m pytest -q -n $(WORKERS) -m "not browser and not long and not slow"

test: lint browser servers
	$(BIN)/python -m pytest -q -n $(WORKERS) -m "not long"

test-long: install-dev browser
	$(BIN)/python -m pytest -q -n $(WORKERS) -m long

bench: install-dev browser
	$(BIN)/sozialatlas demo --build-only
	@for script in tests/benchmarks/[a-z]*.py; do \
	  echo "== $$script"; PYTHONPATH=. $(BIN)/python $$script || exit 1; \
	done

kennzahlen: install
	$(BIN)/python -m indicators.catalogue_page docs/handbuch/kennzahlen.md

lock:
	uv pip compile --universal --generate-hashes --quiet --no-header pyproject.toml --extra build -o requirements.lock
	uv pip compile --universal --generate-hashes --quiet --no-header pyproject.toml --extra build --extra dev -o requirements-dev.lock

wheel: install-dev
	$(BIN)/python -m hatchling build -t wheel

clean:
	rm -rf $(VENV) dist editions
