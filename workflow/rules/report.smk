"""Gathers what a person looks at and listens to after a build, in one page.

In: sounds, scores, figures and papers of the build. Out: results/<model>/report.html, and
report.json: the figures of this build and of those before, which it adds itself to.
"""


rule report:
    input:
        bundle="results/{model}/bundle",
        comparisons=comparisons,
        sounds=smoke_files(".wav"),
        sound_reports=smoke_files(".json"),
        pairs=held_out_files(".wav"),
        sound_scores=sound_scores(),
        held_out="results/{model}/held_out/autoencoder.safetensors",
        template=own_file("report/report.html.j2"),
        base=page_templates(),
        modules=own_modules("report.py"),
    output:
        html=report(
            "results/{model}/report.html",
            category="Build",
            labels={"page": "sounds, scores, figures"},
            caption="../report/report.rst",
        ),
        # Kept while the job runs, and put back if it fails: what changed since is told from it.
        json=update("results/{model}/report.json"),
    log:
        "logs/{model}/report.log",
    localrule: True
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=memory(800, 4),
        runtime=minutes(10),
    params:
        names=list(PROMPTS["smoke"]),
        parts=parts_of_this_build,
        target=f"on {TARGET.name}, {TARGET.reason}",
        command=again("all"),
        graph=graph,
    message:
        "Write {output.html}"
    script:
        "../scripts/report.py"
