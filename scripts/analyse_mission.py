"""Write the mission analysis of all models (rule analyse_mission)."""

from pathlib import Path

from assay.campaign.plan import make_plan
from assay.core.files import write_text
from assay.documents.mission import analyse_mission
from assay.snakemake.job import snakemake

if __name__ == "__main__":
    plan = make_plan(snakemake.params.settings)
    write_text(
        Path(snakemake.output[0]),
        analyse_mission(
            workspace=plan.workspace,
            campaign=plan.campaign,
            config=plan.config,
            built=plan.demonstration,
        ),
    )
