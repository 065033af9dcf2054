"""Measures ours, the reference recipe and eager fp32 in one run on one machine."""


rule benchmark:
    input:
        programs=[
            file for name in RECIPES for part in recipe(name).values() for file in part["files"]
        ],
        cases=[f"results/{MODEL}/reference/{submodule}.safetensors" for submodule in SUBMODULES],
        modules=own_modules("benchmark.py"),
    output:
        json=f"results/{MODEL}/benchmark/summary.json",
        csv=f"results/{MODEL}/benchmark/summary.csv",
        md=f"results/{MODEL}/benchmark/summary.md",
        png=f"results/{MODEL}/benchmark/summary.png",
    log:
        f"logs/{MODEL}/benchmark.log",
    # It needs the machine to itself. Asked for alone it is the last job, with all others before
    # it; beside other targets it goes last. No cache: what another machine took is no answer.
    priority: -1
    conda:
        "../../envs/benchmark.yaml"
    threads: 2
    resources:
        # All programs are loaded at once, and take turns.
        mem_mb=lambda wildcards, input: 6000 + 2 * input.size_mb,
    params:
        recipes={name: recipe(name) for name in RECIPES},
        benchmarks=f"benchmarks/{MODEL}",
        command=again("benchmark"),
        settings={
            "model": MODEL,
            "machine": MACHINE,
            "threads": 2,
            "steps": config["steps"],
            "seed": PROMPTS["held_out"][0]["seed"],
            "cases": {
                submodule: f"results/{MODEL}/reference/{submodule}.safetensors"
                for submodule in SUBMODULES
            },
            **config["benchmark"],
        },
    message:
        "Measure {params.settings[model]} for {output.json}"
    script:
        "../scripts/benchmark.py"
