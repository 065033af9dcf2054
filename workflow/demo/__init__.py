"""The demo model's generator and the local Hub that serves it."""
