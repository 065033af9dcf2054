"""Measures ours, the reference recipe and eager fp32 in one run on one machine.

In: the programs of all three, the recorded held-out calls. Out: benchmark/summary.html, .json,
.csv, .md and .png.
"""

from sao.benchmark.recipes import all_files, recipes

RECIPES = recipes(MODEL, config["schemes"])


rule benchmark:
    input:
        programs=all_files(RECIPES),
        cases=HELD_OUT_CALLS.values(),
        template=own_file("report/benchmark.md.j2"),
        page=own_file("report/benchmark.html.j2"),
        base=page_templates(),
        modules=own_modules("benchmark.py"),
    output:
        html=report(
            f"results/{MODEL}/benchmark/summary.html",
            category="Benchmark",
            labels={"page": "speed, memory, size, distance"},
            caption="../report/benchmark.rst",
        ),
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
        mem_mb=memory(6000, 2),
        runtime=minutes(60),
    params:
        recipes=placed(RECIPES),
        benchmarks=placed(f"benchmarks/{MODEL}"),
        command=again("benchmark"),
        settings={
            "model": MODEL,
            "machine": MACHINE,
            "threads": 2,
            "steps": config["steps"],
            "seed": PROMPTS["held_out"][0]["seed"],
            "cases": placed(HELD_OUT_CALLS),
            **config["benchmark"],
        },
    message:
        "Measure {params.settings[model]} for {output.json}"
    script:
        "../scripts/benchmark.py"
