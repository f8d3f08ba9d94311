# What there is to do with Inflow: "make run" starts it, "make test" proves it. The work is in bin/.
PYTHON := .venv/bin/python

.PHONY: run test check lint types migrations bench clean runtime development

run: runtime
	@$(PYTHON) bin/run.py

test: development
	@bin/test

check: lint types test migrations

lint: development
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .

types: development
	$(PYTHON) -m mypy

migrations: development
	@bin/migrations

bench: development
	@$(PYTHON) -m benchmarks

clean:
	rm -rf .venv .coverage* htmlcov .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

runtime:
	@bin/install

development:
	@bin/install dev
