# Training. Takes a model's design, code, features and the results of the models it reads; makes
# its logs, its evidence and, if every gate passed, its published results.
#
# train_model measures and never fails for what it measures: it records the outcome. The gate is
# publish_results, which makes nothing unless the outcome allows it. So logs, evidence and
# incident reports outlive a failure, although Snakemake deletes what a failed job made.


rule train_model:
    input:
        unpack(PLAN.training_inputs),
    output:
        training_log=WORKSPACE.pattern("training_log"),
        convergence_log=WORKSPACE.pattern("convergence_log"),
        outcome=WORKSPACE.pattern("outcome"),
        manifest=WORKSPACE.pattern("manifest"),
        signature=WORKSPACE.pattern("signature"),
    threads: lambda wildcards: PLAN.threads(int(wildcards.model))
    resources:
        mem_mb=lambda wildcards, attempt: PLAN.memory_mb(int(wildcards.model), attempt),
        runtime=lambda wildcards, attempt: PLAN.runtime_minutes(
            int(wildcards.model), attempt
        ),
    params:
        trainer=lambda wildcards: PLAN.trainer(int(wildcards.model)),
        problems=lambda wildcards: PLAN.problems(int(wildcards.model)),
        heartbeat_seconds=PLAN.config.heartbeat_seconds,
        nonce=PLAN.config.nonce,
        digests=lambda wildcards: PLAN.input_digests(int(wildcards.model)),
        source=lambda wildcards: PLAN.training_source(int(wildcards.model)),
    message:
        "Training model {wildcards.model}: {output}"
    script:
        "../../scripts/train_model.py"


rule publish_results:
    input:
        outcome=WORKSPACE.pattern("outcome"),
    output:
        results=WORKSPACE.pattern("results"),
    retries: 0  # a gate decides once
    localrule: True
    message:
        "Publishing model {wildcards.model}: {output}"
    script:
        "../../scripts/publish_results.py"
