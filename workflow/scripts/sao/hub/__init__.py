"""The Hugging Face Hub and the lock: from repositories to pinned files."""
