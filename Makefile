# Two commands are enough: `make run` (the main job, on embedded defaults) and `make test`.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV ?= .venv
# Most tests wait for processes, so that more of them than cores are quicker.
JOBS ?= 6
BIN := $(VENV)/bin
# Hundreds of Python processes in the tests: each would compile this product anew where the machine forbids to keep that.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test lint test-odoo campaign chaos chaos-short two-hosts test-rabbitmq mutants fuzz models bench bench-shipments bench-odoo audit check-deployment lock purge-pii clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  \033[1m%-15s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/.run ## the whole fleet: a demonstration, or your accounts with CONNECTOR_CONFIG; ONCE=1 ends when all is in step
	@$(BIN)/python -m worker run $(if $(ONCE),--once) $(ARGS)

test: $(VENV)/.dev lint ## lint, types, import rules, and all tests that need nothing installed (less than five minutes on two cores)
	$(BIN)/python -m pytest -m "not odoo and not chaos and not hosts and not rabbitmq" -n $(JOBS) --dist worksteal $(ARGS)

lint: $(VENV)/.dev ## ruff, mypy --strict, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports

test-odoo: $(VENV)/.dev ## the contract suite and the whole fleet on real Odoo 19 and 14 (a quarter of an hour; Debian; installs them)
	PYTHON=$(BIN)/python scripts/test-odoo $(ARGS)

campaign: $(VENV)/.dev ## 2,000 odd orders through the fleet into real Odoo 19 and 14, judged from both sides; ORDERS=500 for fewer
	PYTHON=$(BIN)/python scripts/test-odoo --orders $(or $(ORDERS),2000) tests/flow/test_campaign.py $(ARGS); \
	  status=$$?; cat .campaign/report-*.txt; exit $$status

mutants: $(VENV)/.mutants ## thousands of small changes to the mappers: which does no test notice? ARGS="--jobs 1" for one core
	$(BIN)/python scripts/mutants $(ARGS)

fuzz: $(VENV)/.dev ## 100,000 spoilt inputs at every boundary (about two minutes); ARGS="--inputs 500000 --seed 2 --only Odoo"
	$(BIN)/python -m tests.fuzz $(ARGS)

models: $(VENV)/.dev ## the model-based tests with long histories, up to 1,000 each (about ten minutes)
	$(BIN)/python -m pytest -m "not odoo" --hypothesis-profile=long --timeout 3600 -k machine tests/unit tests/contract $(ARGS)

chaos: $(VENV)/.dev ## faults of every part into the fleet under load, both sides compared, recovery measured; ARGS="--seeds 1,2,3 --orders 10000 --accounts 20 --shipments 1000 --real"
	PYTHON=$(BIN)/python scripts/chaos $(ARGS)

chaos-short: $(VENV)/.dev ## eleven kinds of faults within half a minute, on simulated servers
	$(BIN)/python -m pytest -m chaos tests/flow/test_chaos.py $(ARGS)

two-hosts: $(VENV)/.dev ## workers on two hosts, one of which is cut off and returns (two minutes; Linux with iproute2, root or user namespaces)
	PYTHON=$(BIN)/python scripts/two-hosts $(ARGS)

test-rabbitmq: $(VENV)/.dev ## the fleet with RabbitMQ as broker, which is killed twice (two minutes; where RabbitMQ is installed)
	PYTHON=$(BIN)/python scripts/test-rabbitmq $(ARGS)

bench-shipments: $(VENV)/.dev ## 1,000 shipments of 20 accounts beside an import of 10,000 orders (some minutes; wants an idle machine)
	$(BIN)/python -m bench.shipments $(ARGS)

bench: $(VENV)/.dev ## measurements of the whole fleet into docs/performance (three hours; ARGS=--short: one hour)
	$(BIN)/python -m bench.backlog --write $(ARGS)
	$(BIN)/python -m bench.fairness --write $(ARGS)
	$(BIN)/python -m bench.latency --write $(ARGS)
bench-odoo: $(VENV)/.dev ## orders a second against the limit of a real Odoo 19 (Debian; installs it); ARGS=--short
	$(BIN)/python -m bench.odoo $(ARGS)

audit: $(VENV)/.dev $(VENV)/audit/.done ## what is known against the locked dependencies; ARGS=--allow-unasked where no advisory service answers
	@$(VENV)/audit/bin/python scripts/audit --tools $(VENV)/audit $(ARGS)

check-deployment: ## alerts and configurations as Prometheus and docker compose read them (Debian; fetches promtool)
	PYTHON=$(PYTHON) scripts/check-deployment

lock: $(VENV)/.dev ## renew the hash-locked requirements (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q requirements.in -o requirements.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q requirements-dev.in -o requirements-dev.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q requirements-audit.in -o requirements-audit.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q -c requirements-dev.txt requirements-mutants.in -o requirements-mutants.txt

purge-pii: $(VENV)/.run ## erase buyers whose orders are old and done from Odoo; ARGS="--older-than 30 --dry-run --login ... --key-env ..."
	@$(BIN)/python -m worker odoo purge $(ARGS)

clean: ## remove what the other commands made
	rm -rf $(VENV) .run .rehearsal .campaign .chaos mutants .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11 ...")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@ $(VENV)/.run

# Apart from the product's environment: what asks about the packages is not to be one of them.
$(VENV)/audit/.done: requirements-audit.txt | $(VENV)/bin/python
	$(PYTHON) -m venv $(VENV)/audit
	$(VENV)/audit/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-audit.txt
	@touch $@

$(VENV)/.mutants: requirements-mutants.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-mutants.txt
	@touch $@ $(VENV)/.dev $(VENV)/.run
