"""What tests share: checkouts to run the workflow in, faults, tools of the runner."""
