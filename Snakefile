# assay: trains declared models under a strict protocol. Table of contents; see README.md.
from snakemake.utils import min_version

min_version("9.27.1")


configfile: "config/config.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/prepare.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/validate.smk"
include: "workflow/rules/report.smk"


rule all:
    default_target: True
    input:
        PLAN.targets,
    localrule: True
    message:
        "The campaign is complete: every model is trained and reported"


onstart:
    stop_work_with_snakemake()


onsuccess:
    report_decisions()


onerror:
    report_failures()
