# The daily chores. CI calls the same targets (run_tests.sh).

BIN := .venv/bin
BIOME := .venv/node_modules/.bin/biome
PYTEST := $(BIN)/python -m pytest -q
ONE_THREAD := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
# Rewritten tests are kept as bytecode, for the other worker and the next run.
export PYTHONDONTWRITEBYTECODE :=
# A file is read only where it has tests to run: reading one imports what it tests, which takes seconds.
PAGE := tests/ui/browser
WITH_SLOW := $$(grep -rlw slow tests --include='test_*.py' --exclude-dir=browser)
WITHOUT_QUICK := $(PAGE) $$(grep -rlE '^pytestmark.*slow' tests --include='test_*.py')
QUICK := $(PYTEST) -m "not slow and not browser and not gpu" $$(printf ' --ignore=%s' $(WITHOUT_QUICK))
# The quick suite is two halves of about the same work: the engine's half brings torch and scipy, the other one Gradio.
ENGINE := tests/engine tests/doctor
DOORS := tests $(ENGINE:%=--ignore=%)

.PHONY: help setup serve fix lint types contract pages check test test-engine test-doors test-all clients coverage release-check listen meters bench docs site

help:               ## list the chores
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup:              ## .venv, packages, parts of the embedded engine, development tools
	./start_unified.sh --setup-only --full
	bash -c 'source tools/setup.sh; set_up_development'

serve:              ## the service on this machine only
	./start_unified.sh --server-name 127.0.0.1

fix:                ## format, and repair what the linter can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIOME) check --write

lint:               ## format and lint: Python, the page's scripts and styles, shell, Dockerfile
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIOME) ci --colors=off
	$(BIN)/shellcheck --external-sources --source-path=SCRIPTDIR *.sh .ci/run tools/*.sh tools/*/*.sh
	$(BIN)/hadolint Dockerfile

types:              ## mypy, strict on app/
	$(BIN)/mypy

contract:           ## who may import whom
	$(BIN)/lint-imports

pages:              ## the pages that are made from the program are current
	$(ONE_THREAD) $(PYTEST) -m "not slow" -k current tests/docs >/dev/null || { echo "docs are not current: run make docs"; exit 1; }

check: lint types contract pages  ## what must be green before a push

test:               ## the quick suite, its halves side by side
	$(MAKE) --no-print-directory --jobs=2 --output-sync=target test-engine test-doors

test-engine:        ## the quick tests of engine and doctor
	$(ONE_THREAD) $(QUICK) $(ENGINE)

test-doors:         ## the quick tests of all else
	$(ONE_THREAD) $(QUICK) $(DOORS)

# A file of slow tests stays with one worker, as its module's fixtures are dear; the page needs both cores for itself.
test-all: test      ## the quick suite, then slow tests, then the page in a browser
	$(ONE_THREAD) $(PYTEST) -n 2 --dist loadfile -m "slow and not browser and not gpu" $(WITH_SLOW)
	$(PYTEST) -m "browser and not gpu" $(PAGE)

clients:            ## other people's clients against a service, each in an environment of its own
	tools/clients/run.sh

coverage:           ## the quick suite, then the share of app/ that it runs, the least covered files last
	$(ONE_THREAD) $(QUICK) -n 2 --dist loadfile -p pytest_cov --cov --cov-report=
	$(BIN)/coverage report --sort=-cover --skip-covered

release-check:      ## the proofs that take too long for CI; docs/release_check.md keeps the last record
	$(BIN)/python -m tools.attack
	$(BIN)/python -m tools.release_check.soak --minutes 60
	tools/clients/run.sh --all
	tools/release_check/container.sh
	tools/release_check/wheel.sh
	tools/release_check/ray.sh
	tools/release_check/walk.sh

listen:             ## speak the sentences of the reading tables (every EVERY-th), and write what Whisper hears
	$(BIN)/python -m tools.listen $(EVERY)

meters:             ## what judges sound for the benchmarks, without the packages that these ask for
	$(BIN)/pip install --quiet --no-deps -r requirements/meters.txt

bench: meters       ## speed, first sound, underruns, memory, quality: the page docs/performance.md
	$(BIN)/python -m benchmarks

docs:               ## write the pages anew that are made from the program
	$(BIN)/python -m tools.make_settings_page
	$(BIN)/python -m tools.make_command_page
	$(BIN)/python -m tools.make_api_page
	$(BIN)/python -m tools.make_tags_page

site:               ## the documents as a site, in cache/site
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
