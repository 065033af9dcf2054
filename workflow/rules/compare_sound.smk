"""Holds the target's whole sounds of the held-out prompts against those of eager fp32.

In: held_out/autoencoder.safetensors, which ends in the fp32 sounds; smoke/<target>/held_out_<n>.wav.
Out: results/<model>/smoke/<target>/compare.sound.json. Fails beyond the gate.
"""


rule compare_sound:
    input:
        held_out="results/{model}/held_out/autoencoder.safetensors",
        sounds=held_out_files(".wav"),
        modules=own_modules("compare_sound.py"),
    output:
        "results/{model}/smoke/{target}/compare.sound.json",
    log:
        "logs/{model}/compare_sound.{target}.log",
    conda:
        "../../envs/compare_sound.yaml"
    resources:
        mem_mb=memory(500, 4),
        runtime=minutes(10),
    params:
        prompts=PROMPTS["held_out"],
        share=config["sound_gate"],
        machine=target_machine(),
    message:
        "Compare the sounds of held-out prompts with eager fp32 on {wildcards.target}"
    script:
        "../scripts/compare_sound.py"
