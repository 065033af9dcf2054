"""Checks every fetched file and splits the weights; later rules read only what this writes.

In: the lock and the files that it names. Out: results/<model>/provenance.json and
weights/<submodule>.safetensors.
"""


rule verify:
    input:
        files=all_fetched,
        lock=local(LOCK),
        model_config=fetched("model", "model_config.json"),
        checkpoint=fetched("model", "model.ckpt"),
        t5_config=fetched("text_encoder", "config.json"),
        t5_weights=fetched("text_encoder", "model.safetensors"),
        spiece=fetched("text_encoder", "spiece.model"),
        modules=own_modules("verify.py"),
    output:
        provenance="results/{model}/provenance.json",
        conditioners="results/{model}/weights/conditioners.safetensors",
        dit="results/{model}/weights/dit.safetensors",
        autoencoder="results/{model}/weights/autoencoder.safetensors",
    log:
        "logs/{model}/verify.log",
    cache: True
    conda:
        "../../envs/verify.yaml"
    resources:
        mem_mb=memory(700, 0.7),
        runtime=minutes(15),
    params:
        # Of which commits; the cache's key does not have the lock that this run makes.
        files=all_fetched,
    message:
        "Verify the files of {wildcards.model} and split its weights"
    script:
        "../scripts/verify.py"
