# Every target sets up what it needs, at the first run; after that the set-up costs a second or two.
PYTHON ?= python3
BIN := .venv/bin
ROOMS := cli evidence ledger organisms sandbox scenarios scorers tasks tools
DOCS_TESTS := tests/test_imports.py $(wildcard tests/docs)

.PHONY: help demo test check setup lock clean

help: ## this list
	@sed -nE 's/^([a-z]+):.* ## (.*)/  make \1\t\2/p' Makefile

demo: setup ## run the main job with scripted models, and print the report
	$(BIN)/gyges demo

test: setup ## run all tests; ARGS="-m 'not pod'" for those that need no container
	$(BIN)/pytest $(ARGS)

check: .venv/ready ## formatting, lint, types, import direction, the README's code
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	@mkdir -p .build/typing/gyges && ln -sfn $(addprefix $(CURDIR)/,$(ROOMS)) .build/typing/gyges/
	$(BIN)/mypy -p gyges
	$(BIN)/pytest -q -m 'not pod' $(DOCS_TESTS)

setup: .venv/ready ## virtual environment, Docker Engine, images
	@sandbox/setup/engine.sh
	@$(BIN)/gyges setup

.venv/ready: requirements.lock pyproject.toml tests/every_eval_ever.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(v < (3, 11) and f"$(PYTHON) is {v[0]}.{v[1]}, and Gyges needs 3.11 or later. Run: make PYTHON=python3.13")'
	@echo "Installing Python packages into .venv"
	@test -x $(BIN)/pip || $(PYTHON) -m venv .venv || { echo "Run: sudo apt-get install python3-venv" >&2; exit 1; }
	@# pip where there is no uv, or where uv cannot reach an index that only pip is set up for.
	@uv pip install -q --python $(BIN)/python --require-hashes -r requirements.lock 2>/dev/null \
		|| $(BIN)/pip install -qq --no-compile --require-hashes -r requirements.lock
	@$(BIN)/pip install -qq --no-deps --editable .
	@# For tests only. Its metadata asks for 3.12; the part that the tests use runs on 3.11 with what is in the lock.
	@$(BIN)/pip install -qq --no-compile --no-deps --ignore-requires-python --require-hashes -r tests/every_eval_ever.txt
	@# On all cores, and also where Python is told not to write it: each start of Inspect is seconds quicker with it.
	@-$(BIN)/python -m compileall -q -j0 .venv/lib > /dev/null 2>&1
	@touch $@

lock: .venv/ready ## renew requirements.lock from pyproject.toml
	$(BIN)/pip install -qq uv
	$(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --group dev \
		--custom-compile-command "make lock" --output-file requirements.lock pyproject.toml

clean: ## remove what the targets made, but for the engine and the images
	rm -rf .venv .build build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
