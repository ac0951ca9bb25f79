# Phase 5.5. Takes published results and evidence; makes the verdict, the report for people and,
# for a model that is approved, the approval on which everything after it rests.
#
# validate_model judges and never fails for what it finds: verdicts outlive a rejection. The gate
# is approve_model.


rule validate_model:
    input:
        results=WORKSPACE.pattern("results"),
        training_log=WORKSPACE.pattern("training_log"),
        convergence_log=WORKSPACE.pattern("convergence_log"),
        outcome=WORKSPACE.pattern("outcome"),
        manifest=WORKSPACE.pattern("manifest"),
        signature=WORKSPACE.pattern("signature"),
    output:
        verdict=WORKSPACE.pattern("verdict"),
        report=WORKSPACE.pattern("validation_report"),
    threads: lambda wildcards: PLAN.threads(int(wildcards.model))
    resources:
        mem_mb=lambda wildcards, attempt: PLAN.memory_mb(int(wildcards.model), attempt),
        runtime=lambda wildcards, attempt: PLAN.runtime_minutes(
            int(wildcards.model), attempt
        ),
    params:
        title=lambda wildcards: PLAN.title(int(wildcards.model)),
        replay=PLAN.config.replay,
        nonce=PLAN.config.nonce,
        trusted_keys=list(PLAN.config.trusted_keys),
        heartbeat_seconds=PLAN.config.heartbeat_seconds,
        source=rule_digest("validate_model"),
    message:
        "Validating model {wildcards.model}: {output}"
    script:
        "../../scripts/validate_model.py"


rule approve_model:
    input:
        verdict=WORKSPACE.pattern("verdict"),
        results=WORKSPACE.pattern("results"),
    output:
        approval=WORKSPACE.pattern("approval"),
    retries: 0  # a gate decides once
    localrule: True
    message:
        "Verdict on model {wildcards.model}: {output}"
    script:
        "../../scripts/approve_model.py"
