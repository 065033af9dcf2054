"""From programs to `.pte`."""
