"""Write the mission analysis of all models (rule analyse_mission)."""

from pathlib import Path

from assay.files import write_text
from assay.mission import analyse_mission
from assay.plan import make_plan

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
