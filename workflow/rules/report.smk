# Documents for people. Takes recorded outcomes and published results; makes completion reports,
# consultations and the director's summary.


rule report_completion:
    input:
        outcome=WORKSPACE.pattern("outcome"),
        results=WORKSPACE.pattern("results"),
        approval=WORKSPACE.pattern("approval"),
    output:
        report=WORKSPACE.pattern("completion"),
    localrule: True
    params:
        trainer=lambda wildcards: PLAN.trainer(int(wildcards.model)),
        source=rule_digest("report_completion"),
    message:
        "Completion report of model {wildcards.model}: {output}"
    script:
        "../../scripts/report_completion.py"


# Models of one worker whose inputs have the same newest time share a consultation.
rule export_consultation:
    input:
        trained=lambda wildcards: PLAN.consulted(wildcards),
    output:
        consultation=WORKSPACE.consultation_pattern(),
    localrule: True
    params:
        models=lambda wildcards: PLAN.consulted_models(wildcards),
        source=rule_digest("export_consultation"),
    message:
        "Consultation of trainer {wildcards.trainer}: {output}"
    script:
        "../../scripts/export_consultation.py"


rule summarise_campaign:
    input:
        completions=[WORKSPACE.completion(model) for model in PLAN.models],
    output:
        summary=WORKSPACE.pattern("director_summary"),
    localrule: True
    params:
        models=list(PLAN.models),
        source=rule_digest("summarise_campaign"),
    message:
        "Director's summary: {output}"
    script:
        "../../scripts/summarise_campaign.py"
