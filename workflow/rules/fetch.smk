"""Fetches the files that the lock names, and makes the lock."""


rule fetch:
    input:
        lock=config["lock"],
        repositories=repositories,
        modules=own_modules("fetch.py"),
    output:
        "resources/{source}/{commit}/{file}",
    log:
        "logs/fetch/{source}/{commit}/{file}.log",
    wildcard_constraints:
        source=r"[^/]+",
        file=r"[^/]+",
    conda:
        "../../envs/fetch.yaml"
    resources:
        mem_mb=500,
    message:
        "Fetch {wildcards.file} of {wildcards.source}"
    script:
        "../scripts/fetch.py"


rule lock:
    input:
        repositories=repositories,
        modules=own_modules("lock.py"),
    log:
        f"logs/{MODEL}/lock.log",
    conda:
        "../../envs/lock.yaml"
    resources:
        mem_mb=500,
    params:
        lock=config["lock"],
        sources=config["sources"],
        replace=config["replace_lock"],
    message:
        "Resolve the model's files and write {params.lock}"
    script:
        "../scripts/lock.py"
