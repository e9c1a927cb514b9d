# `make help` lists the targets. PYTHON names the interpreter that makes .venv: 3.11 or later.
#
# All targets share .venv. It is filled in two steps: what the benchmark needs, and the development
# set (that and everything the tests need). The second holds the first, with the same pinned
# versions, so the targets may run in any order and each step is installed once. A stamp file marks
# a finished step. It is written last and removed first, so that an interrupted install is done
# again; it is out of date when pyproject.toml or constraints.txt is.

PYTHON ?= python3
BIN := .venv/bin
BENCH := .venv/benchmark.stamp
DEV := .venv/dev.stamp
CODE := proactive_gym agents baselines
BENCH_SET := .[agents,baselines,report]
DEV_SET := .[dev,all]
# Test people, three training runs, other simulators, the slow agents too: far longer.
STANDARD := --suite standard-v0 --records runs/standard-v0 --simulators 20

# The models are small, and weights are trained in a second process meanwhile: with more threads than
# cores everything is slower.
ONE_THREAD := OMP_NUM_THREADS=1
PLAY := $(ONE_THREAD) $(BIN)/proactive-gym benchmark
# Two test processes.
PYTEST := $(ONE_THREAD) $(BIN)/python -m pytest -n 2 --dist loadfile

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help benchmark standard test test-all check format lint types doctest docs calibrate clean

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

benchmark: $(BENCH)  ## Measure every agent on the quick suite and print the leaderboard
	$(PLAY)

standard: $(DEV)  ## Measure every agent on the standard suite: the committed leaderboard
	$(PLAY) $(STANDARD)

test: $(DEV)  ## Run the tests, without the slow ones (a few minutes)
	$(PYTEST) -m "not slow"

test-all: $(DEV)  ## Run all tests, the slow ones too
	$(PYTEST)

check: format lint types doctest docs test  ## Everything a change must pass

format: $(DEV)
	$(BIN)/ruff format --check .

lint: $(DEV)
	$(BIN)/ruff check .

types: $(DEV)
	$(BIN)/mypy

# Status 5 is pytest's word for "no examples found", which is no fault.
doctest: $(DEV)
	$(BIN)/python -m pytest --doctest-modules $(CODE) || [ $$? -eq 5 ]

docs: $(DEV)  ## Build the documentation's pages into docs/_build
	$(BIN)/python -m sphinx -W -q -b html docs docs/_build
	@echo docs/_build/index.html

calibrate: $(DEV)  ## Fit the simulator, and what reactions mean, to the data again
	$(BIN)/proactive-gym calibrate
	$(BIN)/python -m proactive_baselines.fit_feedback

clean:  ## Remove .venv, builds and caches
	rm -rf .venv build dist docs/_build .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find $(CODE) tests -name __pycache__ -type d -prune -exec rm -rf {} +

# $(call install,WHAT): WHAT and its pinned dependencies into .venv. A .venv that is half made, or
# whose interpreter is gone, is made anew.
define install
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "proactive-gym needs Python 3.11 or later, and '$(PYTHON)' is not that." \
			"Name one: make PYTHON=/path/to/python3.12 ..." >&2; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
	@rm -f $(BENCH) $(DEV)
	@echo "Installing $(1) into .venv (once; this can take some minutes)"
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '$(1)'
endef

$(BENCH): pyproject.toml constraints.txt
	$(call install,$(BENCH_SET))
	@touch $(BENCH)

$(DEV): pyproject.toml constraints.txt
	$(call install,$(DEV_SET))
	@touch $(BENCH) $(DEV)
