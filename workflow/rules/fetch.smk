"""Fetches the files that the lock names, one a job.

In: the lock; the Hub or a folder of the user's. Out: resources/<repository>/<commit>/<file>, a link
to the Hugging Face cache or into that folder.
"""


rule fetch:
    input:
        lock=local(LOCK),
        repositories=lambda wildcards: repositories([configured(wildcards)]),
        modules=own_modules("fetch.py"),
    output:
        "resources/{source}/{commit}/{file}",
    log:
        "logs/fetch/{source}/{commit}/{file}.log",
    wildcard_constraints:
        source=r"[^/]+",
        file=r"[^/]+",
    localrule: True
    conda:
        "../../envs/fetch.yaml"
    resources:
        mem_mb=memory(500),
        runtime=minutes(120),
    params:
        folder=lambda wildcards: configured(wildcards).get("folder"),
    message:
        "Fetch {wildcards.file} of {wildcards.source}"
    script:
        "../scripts/fetch.py"
