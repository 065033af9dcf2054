"""Conda environments where there is no conda."""
