"""Measures recipes against each other."""
