"""Gathers what goes to a device.

In: the `.pte` of the config's schemes, the tokenizer, licence and provenance. Out: bundle/, with a
manifest, a model card and a NOTICE.
"""


rule bundle:
    input:
        **{program: artifact(program) for program in PROGRAMS},
        **{f"{program}_summary": artifact(program, ".json") for program in PROGRAMS},
        provenance="results/{model}/provenance.json",
        spiece=fetched("text_encoder", "spiece.model"),
        licences=licences,
        card=own_file("report/model_card.md.j2"),
        notice=own_file("report/NOTICE.j2"),
        modules=own_modules("bundle.py"),
    output:
        directory("results/{model}/bundle"),
    log:
        "logs/{model}/bundle.log",
    localrule: True
    conda:
        "../../envs/bundle.yaml"
    resources:
        mem_mb=memory(200),
        runtime=minutes(10),
    message:
        "Gather {output}"
    script:
        "../scripts/bundle.py"
