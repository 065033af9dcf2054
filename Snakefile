include: "workflow/Snakefile"


# Snakemake does not take the default target from a file that is included. Another workflow that
# this is a module of has its own.
if workflow.modifier.is_main_snakefile():
    workflow.default_target = "all"
