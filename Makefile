PYTHON ?= python3
VENV := .venv
LAUNCH := $(VENV)/bin/python workflow/bootstrap/launch.py

.PHONY: demo test lint run pins

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
	$(LAUNCH) --lint --configfile config/demo.yaml
	$(LAUNCH) --lint

# Anything else that Snakemake does: make run ARGS="--cores 4 all --configfile config/full-random.yaml"
run: $(VENV)/ready
	$(LAUNCH) $(ARGS)

# After a change to a package named above the marker line of one of these files.
pins: $(VENV)/ready
	$(VENV)/bin/python workflow/bootstrap/pin_environments.py envs/*.yaml requirements.txt tests/requirements.txt

$(VENV)/ready: requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

$(VENV)-test/ready: tests/requirements.txt $(VENV)/ready
	$(PYTHON) -m venv --clear $(VENV)-test
	$(VENV)/bin/python workflow/bootstrap/install.py $(VENV)-test tests/requirements.txt
	PATH="$(CURDIR)/$(VENV)-test/bin:$$PATH" sh envs/export.post-deploy.sh
	touch $@
