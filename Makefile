# CalGuard: `make` alone lists what can be made.
# Two commands are all a newcomer needs: `make demo` and `make test`.

PYTHON ?= python3
VENV   ?= .venv
PORT   ?= 8000
SECONDS ?= $(if $(CI),20,60)
BIN     = $(VENV)/bin
RUN     = $(BIN)/python

.DEFAULT_GOAL := help
.PHONY: help demo story test fuzz lint format types contracts docs migrations-check wheel-check bench bench-figures lock messages screenshots clean python-check

help: ## List these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

python-check:
	@sh .ci/python-check "$(PYTHON)"

# pip is what comes last into an environment: without it, an earlier attempt was cut short, and is mended.
$(VENV)/.demo: requirements.txt | python-check
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
	@echo "Installing pinned packages into $(VENV) (first time only, about a minute) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --requirement requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.demo
	@echo "Installing the pinned test tools into $(VENV) (first time only) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --requirement requirements-dev.txt
	@touch $@

demo: $(VENV)/.demo ## Run the demo calendar with a real worker and beat (PORT=8000, RESET=1 starts over)
	@PORT=$(PORT) RESET=$(RESET) $(RUN) manage.py demo_run

story: $(VENV)/.demo ## Play five scenes against the running demo: two celebrations, a farm, a lure, a thief (same PORT)
	@PORT=$(PORT) $(RUN) manage.py demo_story $(ARGS)

test: $(VENV)/.dev ## Run every test this machine can run; the rest is skipped by name
	@$(RUN) -m pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder $(ARGS)

fuzz: $(VENV)/.dev ## Mutate calendars until one breaks the reader or the judge (SECONDS=60); findings in build/fuzz
	@$(RUN) -m tests.fuzz $(SECONDS)

lint: $(VENV)/.dev ## Style and likely mistakes
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

format: $(VENV)/.dev ## Put the style right where a tool can
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

types: $(VENV)/.dev ## Static types: strict for the judge, Django-aware for the rest
	@$(BIN)/mypy

contracts: $(VENV)/.dev ## Who may import whom
	@$(BIN)/lint-imports

docs: $(VENV)/.dev ## Build the documentation into docs/_build/html; any warning fails
	@$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going -b html docs docs/_build/html

migrations-check: $(VENV)/.dev ## No model change without its migration
	@$(RUN) manage.py makemigrations --check --dry-run

wheel-check: $(VENV)/.dev ## Build the wheel and run it in an empty environment under a bare Django project
	@$(RUN) .ci/wheel_check.py

bench: $(VENV)/.dev ## Measure one check and the create view, with and without the guard (bench/README.md)
	@$(RUN) -m bench $(ARGS)

messages: $(VENV)/.dev ## Bring what people read into the catalogues of calguard/locale, compile them, list what is to be translated
	@$(RUN) -m tests.support.messages $(ARGS)

screenshots: $(VENV)/.dev ## Take the pictures in docs/pictures anew, from a running demo
	@$(RUN) -m docs.screenshots

lock: ## Pin what pyproject.toml asks for (needs uv on the PATH)
	@printf '# Pinned for Python 3.11 to 3.14; made from pyproject.toml by "make lock". Do not edit by hand.\n' | tee requirements.txt > requirements-dev.txt
	@uv pip compile -q --universal --python-version 3.11 --no-annotate --no-header --group pyproject.toml:demo pyproject.toml >> requirements.txt
	@uv pip compile -q --universal --python-version 3.11 --no-annotate --no-header --group pyproject.toml:dev -c requirements.txt pyproject.toml >> requirements-dev.txt

clean: ## Remove what the targets above made
	rm -rf $(VENV) docs/_build dist demo/var .pytest_cache .mypy_cache .ruff_cache
