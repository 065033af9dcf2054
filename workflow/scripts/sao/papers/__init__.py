"""What people read of a build: summary and model card."""
