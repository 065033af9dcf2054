"""Makes the lock: which bytes of which repositories are trusted.

In: the Hub, or folders of the user's (`sources` in the config). Out: config/models/<model>.json, by
the first run where there is none, and from then on by `snakemake lock` only, which shows what has
changed.
"""


checkpoint lock:
    input:
        repositories=repositories(config["sources"].values()),
        schema=own_file("schemas/lock.schema.yaml"),
        modules=own_modules("lock.py"),
    output:
        lock_to_make(),
    log:
        f"logs/{MODEL}/lock.log",
    localrule: True
    conda:
        "../../envs/lock.yaml"
    resources:
        mem_mb=memory(500),
        runtime=minutes(30),
    params:
        # A function, since a path that is the output at times would be taken for its prefix.
        lock=lambda wildcards: LOCK,
        sources=config["sources"],
        replace=config["replace_lock"],
        command=again("lock"),
    message:
        "Resolve the model's files and write {params.lock}"
    script:
        "../scripts/lock.py"
