# Before training. Takes the designs (and, for the demonstration, its data source); makes the
# mission analysis and the demonstration's features. A user's features are never made here.


# Goes first by priority, not as an input of training: an `ancient` input that is itself out of
# date hides from Snakemake that the code or parameters of what comes after it have changed.
rule analyse_mission:
    input:
        [WORKSPACE.design(model) for model in PLAN.models],
    output:
        WORKSPACE.pattern("mission_analysis"),
    priority: 100
    localrule: True
    params:
        settings=PLAN.config.model_dump(mode="json"),
        source=rule_digest("analyse_mission"),
    message:
        "Mission analysis of {} models: {{output}}".format(len(PLAN.models))
    script:
        "../../scripts/analyse_mission.py"


if PLAN.demonstration:

    rule build_features:
        input:
            WORKSPACE.demonstration,
        output:
            [WORKSPACE.features_candidates(model)[0] for model in PLAN.demonstration],
        localrule: True
        params:
            models=list(PLAN.demonstration),
            last_year=PLAN.demonstration_last_year,
            modified=PLAN.demonstration_mtime,
            source=rule_digest("build_features"),
        message:
            "Features of the demonstration's models, from the Olympic medal tables"
        script:
            "../../scripts/build_features.py"
