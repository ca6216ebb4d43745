# Cornershop starts itself: Python 3.11 or newer, pip, make and git are enough.
#   make run     the demo at http://127.0.0.1:8000/ (PORT=8001 for another)     make stop    ends it
#   make test    the whole test suite (BROWSER=0: without the browser stories)  make check   lint, types, contracts
#   make bench   the benchmarks    make test-all, make chaos    the slow proofs    make lock    pins requirements

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
READY := $(VENV)/.installed
WITHIN := $(PY) -m config.local.within
PYTEST := $(PY) -m pytest -n 2
UV := $(VENV)/bin/uv pip compile --generate-hashes --python-version 3.11 --universal -q --no-header

ifeq ($(BROWSER),0)
CHROMIUM := true
NO_BROWSER := and not browser
else
CHROMIUM := CHROMIUM_PATH="$$($(PY) -m config.local.browser)" && export CHROMIUM_PATH
endif

.PHONY: help run stop test test-all chaos check checks bench lock clean-venv

help:
	@sed -n 's/^# \{0,3\}//p' Makefile | sed -n '1,4p'

run: $(READY)
	@$(PY) -m config.local.run

stop: $(READY)
	@$(PY) -m config.local.run stop

test: $(READY)
	@$(CHROMIUM) && $(PYTEST) -m "not slow and not chaos $(NO_BROWSER)" $(ARGS)

test-all: $(READY)
	@$(CHROMIUM) && $(PYTEST) -m "(slow or not slow) and not chaos $(NO_BROWSER)" $(ARGS)

chaos: $(READY)
	@$(PY) -m pytest tests/chaos -m chaos $(ARGS)

bench: $(READY)
	@for script in $$(basename -s .py bench/[!_]*.py); do $(WITHIN) --test $(PY) -m bench.$$script $(ARGS) || exit 1; done

check: $(READY)
	@$(WITHIN) --test $(MAKE) --no-print-directory checks

# Runs inside `within`, which gives the settings of production and a database. Bandit's faint suspicions
# (every subprocess, every f-string that looks like SQL) are left to ruff's S rules, which know our exceptions.
checks:
	ruff check --no-cache .
	ruff format --no-cache --check .
	find templates -name '*.html' -print0 | xargs -0 djade --check --target-version 5.2
	mypy .
	lint-imports --no-cache
	python manage.py makemigrations --check --dry-run
	python manage.py check --deploy --fail-level WARNING
	bandit -q -ll -ii -c pyproject.toml -r tenancy rules crm privacy value portfolios interactions desk config
	python -m config.local.advisories requirements.txt requirements-dev.txt

lock: $(READY)
	@$(UV) requirements.in -o requirements.txt
	@$(UV) requirements-dev.in -o requirements-dev.txt

clean-venv:
	rm -rf $(VENV)

# A Python without ensurepip (Debian without python3-venv) makes the folder, and its own pip fills it.
$(READY): requirements.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; $(PYTHON) is older or absent: make PYTHON=python3.12 ..." >&2; exit 1; }
	@echo "Installing into $(VENV) (once; again when requirements change)"
	@$(PY) -c '' 2>/dev/null || $(PYTHON) -m venv --clear $(VENV) >/dev/null 2>&1 || \
		$(PYTHON) -m venv --clear --without-pip $(VENV)
	@if $(PY) -m pip --version >/dev/null 2>&1; then PIP="$(PY) -m pip"; else PIP="$(PYTHON) -m pip --python $(PY)"; fi; \
		$$PIP install -q --disable-pip-version-check --require-hashes -r requirements.txt -r requirements-dev.txt
	@touch $@
