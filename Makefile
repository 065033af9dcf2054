PYTHON ?= python3
VENV := .venv
LAUNCH := $(VENV)/bin/python workflow/bootstrap/launch.py

.PHONY: demo run

demo: $(VENV)/ready
	$(LAUNCH) --cores 4 --configfile config/demo.yaml -- all
	@cat results/demo/summary.md

# Anything else that Snakemake does: make run ARGS="--cores 4 all --configfile config/full-random.yaml"
run: $(VENV)/ready
	$(LAUNCH) $(ARGS)

$(VENV)/ready: requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@
