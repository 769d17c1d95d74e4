# Two commands from nothing: `make run` and `make test`. The work is done in tools/setup.py.
PYTHON ?= python3
SETUP = @$(PYTHON) -m tools.setup
BIN = .venv/bin
ARGS ?=
export PYTHONUTF8 = 1
UV_LOCK = uv pip compile --quiet --generate-hashes --no-header --no-emit-index-url

.DEFAULT_GOAL := help
.PHONY: help run test lint check env assets train bench lock clean

help: ## what there is to do
	@sed -n 's/^\([a-z]*\):.*## /  make \1 — /p' Makefile

run: ## set up what is missing and serve on http://127.0.0.1:8080 (PORT=8081 for another port)
	$(SETUP) run

test: env assets train lint check ## everything: linters, types, layers, then all tests

env: ## both Python environments, with what the tests need
	$(SETUP) build env rasa

assets: ## what the pages load, from npm into bot/static/vendor
	$(SETUP) build assets

train: ## the model, where its data is newer (needs env)
	$(SETUP) build train

lint: ## ruff, mypy, import-linter (needs env)
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: ## the tests alone (needs env, assets, train); ARGS="tests/unit -k routing"
	@$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

bench: ## how fast the road is (needs env, train)
	$(BIN)/python -m tests.benchmarks.road $(ARGS)

lock: ## pin requirements/*.in anew (needs uv)
	$(UV_LOCK) --universal --python-version 3.11 requirements/bot.in -o requirements/bot.lock
	$(UV_LOCK) --universal --python-version 3.11 -c requirements/bot.lock requirements/dev.in -o requirements/dev.lock
	$(UV_LOCK) --universal --python-version 3.11 requirements/uv.in -o requirements/uv.lock
	$(UV_LOCK) --universal --python-version 3.11 requirements/node.in -o requirements/node.lock
	$(UV_LOCK) --python-version 3.10 requirements/rasa.in -o requirements/rasa.lock

clean: ## remove what was built; var/ (database, model, secrets) stays
	rm -rf .venv .venv-rasa .tools bot/static/vendor .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
