"""Checks the prompts against the model as soon as its config is there, before anything is built.

In: model_config.json, the tokenizer, the prompts. Out: results/<model>/prompts.json, the prompts that were checked.
"""


rule check_prompts:
    input:
        model_config=fetched("model", "model_config.json"),
        spiece=fetched("text_encoder", "spiece.model"),
        modules=own_modules("check_prompts.py"),
    output:
        "results/{model}/prompts.json",
    log:
        "logs/{model}/check_prompts.log",
    # No result depends on it, but a build that would fail at its end is to stop here.
    priority: 1
    localrule: True
    conda:
        "../../envs/check_prompts.yaml"
    resources:
        mem_mb=memory(200),
        runtime=minutes(5),
    params:
        prompts=PROMPTS,
        where=found(config["prompts"]),
    message:
        "Check the prompts of {params.where}"
    script:
        "../scripts/check_prompts.py"
