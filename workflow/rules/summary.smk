"""Says what a build made.

In: the artifacts, the sounds and their reports. Out: results/<model>/summary.md.
"""


rule summary:
    input:
        ptes=[artifact(submodule) for submodule in RECORDED],
        bundle="results/{model}/bundle",
        sounds=smoke_files(".wav"),
        sound_reports=smoke_files(".json"),
        sound_scores=sound_scores(),
        template=own_file("report/summary.md.j2"),
        modules=own_modules("summary.py"),
    output:
        "results/{model}/summary.md",
    log:
        "logs/{model}/summary.log",
    localrule: True
    conda:
        "../../envs/summary.yaml"
    resources:
        mem_mb=memory(200),
        runtime=minutes(5),
    params:
        parts=parts_of_this_build,
        target=f"on {TARGET.name}, {TARGET.reason}",
    message:
        "Write {output}"
    script:
        "../scripts/summary.py"
