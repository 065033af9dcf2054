"""The place that the programs run on, and the runner."""
