include: "workflow/Snakefile"


# Snakemake does not take the default target from a file that is included.
workflow.default_target = "all"
