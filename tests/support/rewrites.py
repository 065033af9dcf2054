"""Every submodule's rewrites, which no module of the workflow holds together."""

from sao.export.rewrites import autoencoder, conditioners, dit

REWRITES = {
    "conditioners": conditioners.REWRITES,
    "dit": dit.REWRITES,
    "autoencoder": autoencoder.REWRITES,
    "autoencoder_encoder": autoencoder.REWRITES,
}
