"""Gathers what goes to a device."""


rule bundle:
    input:
        **{program: artifact(program, ".pte") for program in PROGRAMS},
        **{f"{program}_summary": artifact(program, ".json") for program in PROGRAMS},
        provenance="results/{model}/provenance.json",
        spiece=fetched("text_encoder", "spiece.model"),
        licences=licences,
        modules=own_modules("bundle.py"),
    output:
        directory("results/{model}/bundle"),
    log:
        "logs/{model}/bundle.log",
    conda:
        "../../envs/bundle.yaml"
    resources:
        mem_mb=200,
    message:
        "Gather {output}"
    script:
        "../scripts/bundle.py"
