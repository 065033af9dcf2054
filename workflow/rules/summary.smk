"""Says what a build made."""


rule summary:
    input:
        ptes=[artifact(submodule, ".pte") for submodule in SUBMODULES],
        bundle="results/{model}/bundle",
        sounds=smoke_files(".wav"),
        sound_reports=smoke_files(".json"),
        modules=own_modules("summary.py"),
    output:
        "results/{model}/summary.md",
    log:
        "logs/{model}/summary.log",
    conda:
        "../../envs/summary.yaml"
    resources:
        mem_mb=200,
    params:
        benchmarks="benchmarks/{model}",
        target=f"on {TARGET.name}, {TARGET.reason}",
    message:
        "Write {output}"
    script:
        "../scripts/summary.py"
