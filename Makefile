# `make run` trains the demonstration, `make test` runs every check; both set up what they need.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
PY := .venv/bin/python
CORES ?= 5

.PHONY: run test mutation reference backtest clean
.DELETE_ON_ERROR:

run: .venv/installed
	@$(PY) -m snakemake -j$(CORES)

test: .venv/installed-dev
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@for file in tests/conftest.py tests/*/conftest.py tests/unit/*/conftest.py \
		tests/*/__main__.py; do \
		MYPYPATH=tests:$$(dirname $$file) $(PY) -m mypy --no-error-summary $$file || exit 1; done
	@$(PY) -m snakefmt --check Snakefile workflow/rules
	@$(PY) -m pytest -n 4 --dist loadfile --no-loadscope-reorder --cov --cov-report=term:skip-covered

# Change every comparison and constant of what decides, and see that a test fails each time.
mutation: .venv/installed-dev
	@$(PY) tests/mutation --jobs 2

# Every case of ../shared/reference (or ASSAY_REFERENCE) and every refusal, against the published
# answer; README=1 writes the table into README.md.
reference: .venv/installed-dev
	@$(PY) tests/reference --cores $(CORES) $(if $(README),--readme)

# Train the demonstration on data up to 2020 and score the forecasts of models 1 and 3 for 2024.
backtest: .venv/installed
	@$(PY) scripts/prepare_backtest.py output backtest
	@$(PY) -m snakemake -j$(CORES) --config workspace=backtest
	@$(PY) scripts/score_backtest.py backtest

.venv/installed: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11) and "assay needs Python 3.11: make PYTHON=/path/to/python3.11")'
	@test -x $(PY) || $(PYTHON) -m venv .venv
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps -r requirements.txt
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(PY) -m compileall -q workflow/src  # workers never write what they compile
	@touch $@

.venv/installed-dev: .venv/installed requirements-dev.txt
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps -r requirements-dev.txt
	@touch $@

clean:
	rm -rf .venv .snakemake backtest reference
