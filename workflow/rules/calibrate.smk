"""Records the decoder's inputs in generations of the fp32 model, for static quantization.

In: exported/, the calibration prompts. Out: calibration/latents.safetensors and windows.safetensors.
"""


rule calibrate:
    input:
        conditioners="results/{model}/exported/conditioners.pt2",
        dit="results/{model}/exported/dit.pt2",
        head="results/{model}/exported/autoencoder_head.pt2",
        spiece=fetched("text_encoder", "spiece.model"),
        modules=own_modules("calibrate.py"),
    output:
        latents="results/{model}/calibration/latents.safetensors",
        windows="results/{model}/calibration/windows.safetensors",
    log:
        "logs/{model}/calibrate.log",
    cache: True
    conda:
        "../../envs/calibrate.yaml"
    threads: 2
    resources:
        mem_mb=memory(1000, 1.5),
    params:
        prompts=PROMPTS["calibration"],
        steps=config["steps"],
        architecture=ARCHITECTURE,
    message:
        "Record latents of the calibration prompts"
    script:
        "../scripts/calibrate.py"
