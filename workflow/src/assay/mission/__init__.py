"""The mission analysis before training: what there is to do, and what stands in its way."""

from assay.mission.analysis import analyse_mission
from assay.mission.problems import all_problems, model_problems

__all__ = ["all_problems", "analyse_mission", "model_problems"]
