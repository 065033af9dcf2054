"""The model's files and modules: checkpoint, weights by submodule, tokenizer, eager classes."""
