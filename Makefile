PYTHON ?= python3
VENV := .venv
LAUNCH := $(VENV)/bin/python workflow/bootstrap/launch.py

.PHONY: demo test lint run pins target-packages

demo: $(VENV)/ready
	$(LAUNCH) --cores 4 --configfile config/demo.yaml -- all
	@cat results/demo/summary.md

# The tests' own packages are the environments' together, so they get a virtual environment beside
# the one that runs Snakemake; uv links them from its cache.
test: $(VENV)/ready $(VENV)-test/ready
	$(VENV)-test/bin/python -m pytest $(ARGS)

lint: $(VENV)-test/ready
	$(VENV)-test/bin/ruff check .
	$(VENV)-test/bin/ruff format --check .
	$(VENV)-test/bin/snakefmt --check .
	$(VENV)-test/bin/clang-format --dry-run -Werror workflow/runner/src/*
	$(VENV)-test/bin/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(VENV)-test/bin/zizmor --offline --no-progress .github/workflows
	$(LAUNCH) --lint --configfile config/demo.yaml
	$(LAUNCH) --lint

# Anything else that Snakemake does: make run ARGS="--cores 4 all --configfile config/full-random.yaml"
run: $(VENV)/ready
	$(LAUNCH) $(ARGS)

# After a change to a package named above the marker line of one of these files.
pins: $(VENV)/ready
	$(VENV)/bin/python workflow/bootstrap/pin_environments.py envs/*.yaml requirements.txt tests/requirements.txt

# A C++ compiler, and on x86_64 what builds and runs programs of 64-bit Arm. Debian and Ubuntu.
target-packages:
	workflow/runner/install_packages.sh

$(VENV)/ready: requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

$(VENV)-test/ready: tests/requirements.txt $(VENV)/ready
	$(PYTHON) -m venv --clear $(VENV)-test
	$(VENV)/bin/python workflow/bootstrap/install.py $(VENV)-test tests/requirements.txt
	PATH="$(CURDIR)/$(VENV)-test/bin:$$PATH" sh envs/export.post-deploy.sh
	touch $@
