"""Gathers what goes to a device.

In: the `.pte` of the config's schemes, the tokenizer, the runner, licences and provenance. Out:
bundle/, with a manifest, a model card, a NOTICE, a list of components and the hash of each file; and
bundle.tar, the same for the same files.
"""

# The rules whose packages are listed among a bundle's components.
MAKERS = ["fetch", "verify", "export", "calibrate", "precision", "quantize", "build", "runner"]


rule bundle:
    input:
        **{program: artifact(program) for program in PROGRAMS},
        **{f"{program}_summary": artifact(program, ".json") for program in PROGRAMS},
        provenance="results/{model}/provenance.json",
        spiece=fetched("text_encoder", "spiece.model"),
        licences=licences,
        cards=model_cards,
        runner=runners(),
        apache=own_file("../LICENSE"),
        environments=[own_file(f"../envs/{rule}.yaml") for rule in MAKERS],
        packages=own_files("runner/packages", "*.txt"),
        card=own_file("report/model_card.md.j2"),
        notice=own_file("report/NOTICE.j2"),
        modules=own_modules("bundle.py"),
    output:
        folder=directory("results/{model}/bundle"),
        archive="results/{model}/bundle.tar",
    log:
        "logs/{model}/bundle.log",
    localrule: True
    conda:
        "../../envs/bundle.yaml"
    resources:
        mem_mb=memory(200),
        runtime=minutes(10),
    params:
        command=again("all"),
    message:
        "Gather {output.folder}"
    script:
        "../scripts/bundle.py"
