"""The demo's repositories on a server that a checkout takes for the real Hub."""

TOKEN = "hf_SecretSecretSecret"
REMOTE = ("--configfile", "config/demo.yaml", "--config", "hub=huggingface")
# What fetch and verify make, and nothing after them.
VERIFIED = "results/demo/provenance.json"
