PYTHON ?= python3
VENV := .venv
# As after `source .venv/bin/activate`.
SNAKEMAKE := PATH="$(CURDIR)/$(VENV)/bin:$$PATH" snakemake
TOOLS := $(VENV)-test/bin

.PHONY: demo test stress lint pins caches target-packages rebuilds

demo: $(VENV)/ready
	$(SNAKEMAKE) --cores 4 --configfile config/demo.yaml -- all

# The tests' own packages are the environments' together, so they get a virtual environment beside
# the one that runs Snakemake; uv links them from its cache.
test: $(VENV)/cluster-ready $(VENV)-test/ready
	$(TOOLS)/python -m pytest $(ARGS)

# Kills a build of the demo at each of its rules, and compares it with another: KILLS=30 SEED=15.
stress: $(VENV)-test/ready
	PYTHONPATH=tests:workflow/scripts:workflow $(TOOLS)/python -m support.stress

lint: $(VENV)/ready $(VENV)-test/ready
	$(TOOLS)/ruff check .
	$(TOOLS)/ruff format --check .
	$(TOOLS)/mypy
	$(TOOLS)/snakefmt --check .
	$(TOOLS)/clang-format --dry-run -Werror workflow/runner/*/*.h workflow/runner/*/*.cpp
	$(TOOLS)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(TOOLS)/zizmor --offline --no-progress .github/workflows
	$(SNAKEMAKE) --lint --configfile config/demo.yaml
	$(SNAKEMAKE) --lint

# After a change to a package named above the marker line of one of these files.
pins: $(VENV)/ready
	$(VENV)/bin/python workflow/bootstrap/pin_environments.py envs/*.yaml requirements.txt requirements-cluster.txt tests/requirements.txt

# What checkouts share; ARGS="--older-than 30 --apply" removes what was not used for 30 days.
caches: $(VENV)/ready
	@$(VENV)/bin/python workflow/bootstrap/caches.py $(ARGS)

# A C++ compiler, and on x86_64 what builds and runs programs of 64-bit Arm. Debian and Ubuntu.
target-packages:
	workflow/runner/install_packages.sh

$(VENV)/ready: requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

$(VENV)/cluster-ready: requirements-cluster.txt $(VENV)/ready
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-cluster.txt
	touch $@

$(VENV)-test/ready: tests/requirements.txt $(VENV)/ready
	$(PYTHON) -m venv --clear $(VENV)-test
	$(VENV)/bin/python workflow/bootstrap/install.py $(VENV)-test tests/requirements.txt
	PATH="$(CURDIR)/$(VENV)-test/bin:$$PATH" sh envs/export.post-deploy.sh
	touch $@

# The tables of docs/rebuilds.md, after a change to tests/rebuilds.yaml.
rebuilds: $(VENV)-test/ready
	PYTHONPATH=tests:workflow/scripts $(TOOLS)/python -m support.rebuilds_page
