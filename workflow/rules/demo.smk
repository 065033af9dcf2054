"""The demo model: random weights in the real model's shape, for the local Hub to serve.

In: `random_model` in the config. Out: resources/hub/<model>/, laid out as repositories are.
"""


rule random_model:
    input:
        post_deploy=post_deploy("random_model"),
        modules=own_modules("random_model.py"),
    output:
        directory("resources/hub/{model}"),
    log:
        "logs/{model}/random_model.log",
    cache: True
    conda:
        "../../envs/random_model.yaml"
    resources:
        mem_mb=memory(3000),
        runtime=minutes(15),
    params:
        name="{model}",
        shape=config.get("random_model"),
    message:
        "Make a random model in the real one's shape"
    script:
        "../scripts/random_model.py"
