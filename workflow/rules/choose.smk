"""Builds several schemes of each submodule and draws them side by side, for a person to choose.

In: the programs of the config's `choose`, the recorded held-out calls. Out: results/<model>/
schemes.html and .json. The gates are drawn, and stop nothing here.
"""

from sao.benchmark.recipes import choices

CHOICES = choices(MODEL, config["choose"])


rule choose:
    input:
        programs=all_files(CHOICES),
        cases=HELD_OUT_CALLS.values(),
        template=own_file("report/schemes.html.j2"),
        base=page_templates(),
        modules=own_modules("choose.py"),
    output:
        html=report(
            f"results/{MODEL}/schemes.html",
            category="Schemes",
            labels={"page": "size, latency, distance"},
            caption="../report/choose.rst",
        ),
        json=f"results/{MODEL}/schemes.json",
    log:
        f"logs/{MODEL}/choose.log",
    # It needs the machine to itself, as the benchmark does.
    priority: -1
    conda:
        "../../envs/choose.yaml"
    threads: 2
    resources:
        # A submodule's programs are loaded at once.
        mem_mb=memory(4000, 1.5),
        runtime=minutes(60),
    params:
        recipes=placed(CHOICES),
        chosen=config["schemes"],
        gates=config["gates"],
        command=again("choose"),
        settings={
            "model": MODEL,
            "machine": MACHINE,
            "threads": 2,
            "cases": placed(HELD_OUT_CALLS),
            **config["benchmark"],
        },
    message:
        "Measure schemes to choose from for {output.html}"
    script:
        "../scripts/choose.py"
