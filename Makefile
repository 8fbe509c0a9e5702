# make demo    train, audit, sign and verify the example
# make test    lint, types and all tests
# Every target makes its own virtual environment from a fresh clone; Python 3.11 or newer is all it needs.

VENV ?= .venv
PYTHON ?=
REPORTS ?= reports
BUILD ?= build

bin = $(VENV)/bin
# Where Homebrew keeps Pango. Set in each recipe, because macOS takes it away from a shell's environment.
run = $(if $(filter Darwin,$(shell uname -s)),DYLD_FALLBACK_LIBRARY_PATH="$$(brew --prefix 2>/dev/null)/lib:/usr/lib") $(bin)/python

.PHONY: help demo test lint bench fuzz checks coverage coverage-simulation drift-simulation example lock wheel clean
.DELETE_ON_ERROR:

help:
	@sed -n 's/^# make /make /p; s/^## //p' Makefile

demo: $(VENV)/.demo
	@$(run) examples/credit_default/demo.py --build $(BUILD) --out $(REPORTS)

## make lint    ruff and mypy
lint: $(VENV)/.test
	@$(bin)/ruff format --check .
	@$(bin)/ruff check .
	@$(bin)/mypy

test: lint
	@$(run) -m compileall -q src
	@$(run) -m pytest -n auto --dist worksteal

## make bench   time and memory beside what a user would use instead
bench: demo
	@$(run) benchmarks/cells.py
	@$(run) benchmarks/bootstrap.py
	@$(run) benchmarks/cache.py
	@$(run) benchmarks/peers.py
	@$(run) benchmarks/report.py
	@$(run) benchmarks/run.py $(BUILD)/credit_default/model.yaml --policy examples/credit_default/policy.yaml \
		--sign $(BUILD)/demo-identity/signer.pem

## make fuzz    ten minutes of coverage-guided fuzzing of everything that reads YAML
fuzz: | $(bin)/python
	@test -x $(BUILD)/fuzz/bin/python || requirements/venv.sh $(BUILD)/fuzz "$(abspath $(bin)/python)"
	@$(BUILD)/fuzz/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/fuzz.txt
	@$(BUILD)/fuzz/bin/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(BUILD)/fuzz/bin/python benchmarks/fuzz/loader.py

## make coverage  write docs/coverage.md: each row of the governance framework and what serves it
coverage: $(VENV)/.demo
	@$(run) docs/coverage.py

## make checks  write docs/checks.md: every check with what it asks
checks: $(VENV)/.demo
	@$(run) docs/checks.py

## make coverage-simulation  how often intervals hold the truth and verdicts err: the tables of docs/statistics.md
coverage-simulation: $(VENV)/.demo
	@$(run) benchmarks/coverage.py

## make drift-simulation  how often each drift check raises a false alarm: the tables of docs/drift.md
drift-simulation: $(VENV)/.demo
	@$(run) benchmarks/drift.py

## make wheel   build the wheel into build/dist
wheel: $(VENV)/.demo
	@$(bin)/python -m pip wheel -qq --no-deps --no-build-isolation --wheel-dir $(BUILD)/dist .

# Dependencies come by hash; then assay itself, built with the build tool that came with them.
install = $(bin)/python -m pip install -qq --disable-pip-version-check

$(VENV)/.demo: requirements/demo.txt pyproject.toml | $(bin)/python
	@echo "Installing the pinned dependencies into $(VENV)"
	@$(install) --require-hashes -r requirements/demo.txt
	@$(install) --no-deps --no-build-isolation --editable .
	@requirements/system.sh "$(bin)/python"
	@touch $@

$(VENV)/.test: requirements/test.txt pyproject.toml | $(VENV)/.demo
	@echo "Installing the pinned test tools into $(VENV)"
	@$(install) --require-hashes -r requirements/test.txt
	@touch $@

$(bin)/python:
	@requirements/venv.sh $(VENV) $(PYTHON)

## make example refresh the example audit that is kept in git
example: $(VENV)/.demo
	@rm -rf reports/example
	@$(run) examples/credit_default/demo.py --build $(BUILD) --out reports/example

## make lock    resolve requirements/*.txt again
lock:
	@python3 -m venv build/lock && build/lock/bin/pip install --quiet uv
	@requirements/lock.sh build/lock/bin/uv

## make clean   remove environments and build products; reports stay
clean:
	rm -rf $(VENV) build .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find src tests examples benchmarks -name __pycache__ -prune -exec rm -rf {} +
