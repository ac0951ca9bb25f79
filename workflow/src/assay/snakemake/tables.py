"""What is used of Snakemake and its SLURM plugin without their promising to keep it.

The versions end with the minor one that was tried: Snakemake's insides move with minor versions,
and what is done between planning, locking and running can change without any name's changing.
"""

from assay.core.internals import Internal, Kind, Library

SNAKEMAKE = Library(
    name="snakemake",
    oldest="9.27.1",
    below="9.28",
    internals=(
        Internal(
            "snakemake.workflow:Workflow._prepare_dag",
            Kind.FUNCTION,
            "as the moment when the command line is read and nothing is planned or locked",
            parameters=(
                "self",
                "forceall",
                "ignore_incomplete",
                "lock_warn_only",
                "nolock",
                "shadow_prefix",
            ),
            mentions=("dag_settings", "targets", "forcerun", "DAG", "_persistence"),
        ),
        Internal(
            "snakemake.workflow:Workflow.execute",
            Kind.FUNCTION,
            "as what sets the executor, prepares, locks and then runs, in this order",
            mentions=(
                "_executor_plugin",
                "executor_settings",
                "_prepare_dag",
                "persistence",
                "_build_dag",
                "JobScheduler",
                "_onstart",
            ),
        ),
        Internal(
            "snakemake.workflow:Workflow.is_main_process",
            Kind.PROPERTY,
            "to tell a run from the jobs that it starts",
        ),
        Internal(
            "snakemake.workflow:Workflow.dryrun",
            Kind.PROPERTY,
            "to leave everything as it is in a dry run",
        ),
        Internal(
            "snakemake.workflow:Workflow.dag_settings",
            Kind.FIELD,
            "to run jobs again",
        ),
        Internal(
            "snakemake.workflow:Workflow.execution_settings",
            Kind.FIELD,
            "to know whether a run locks; there is none where nothing is run",
        ),
        Internal(
            "snakemake.workflow:Workflow.executor_settings",
            Kind.FIELD,
            "for the name of jobs on SLURM",
        ),
        Internal("snakemake.settings.types:DAGSettings.targets", Kind.FIELD, "to run jobs again"),
        Internal("snakemake.settings.types:DAGSettings.forcerun", Kind.FIELD, "to run jobs again"),
        Internal(
            "snakemake.settings.types:ExecutionSettings.lock",
            Kind.FIELD,
            "to know whether a run locks",
        ),
        Internal(
            "snakemake.persistence:PersistenceBase.lock",
            Kind.FUNCTION,
            "to note who holds the locks, while it does",
            parameters=("self",),
            mentions=("locked", "_write_locks", "unlock"),
        ),
        Internal(
            "snakemake.persistence:PersistenceBase.cleanup_locks",
            Kind.FUNCTION,
            "to remove the locks of a dead run, as --unlock does",
            parameters=("self",),
            mentions=("unlock",),
        ),
        Internal(
            "snakemake.persistence.file:FilePersistence._lockdir",
            Kind.ATTRIBUTE,
            "to make the folder of the locks again, which goes with them",
        ),
        Internal(
            "snakemake.script:PythonScript.execute_script",
            Kind.FUNCTION,
            "as what puts the path of Python into a shell command without quotes",
            parameters=("self", "fname", "edit"),
            mentions=("sys", "executable", "_execute_cmd", "{py_exec} {fname:q}"),
        ),
        Internal(
            "snakemake_interface_executor_plugins.registry.plugin:Plugin.executor",
            Kind.FIELD,
            "to have jobs on SLURM followed",
        ),
    ),
)
SLURM_PLUGIN = Library(
    name="snakemake-executor-plugin-slurm",
    oldest="2.8.0",
    below="2.9",
    internals=(
        Internal(
            "snakemake_executor_plugin_slurm:Executor.run_uuid",
            Kind.ATTRIBUTE,
            "as the name of a campaign's jobs",
        ),
        Internal(
            "snakemake_executor_plugin_slurm:Executor.slurm_logdir",
            Kind.ATTRIBUTE,
            "to say where the log of a job lies",
        ),
        Internal(
            "snakemake_executor_plugin_slurm:Executor.run_job",
            Kind.FUNCTION,
            "as what submits a job under that name, with rule and wildcards for a comment",
            parameters=("self", "job"),
            mentions=(
                "get_job_wildcards",
                "slurm_logdir",
                "run_uuid",
                "rule_",
                "%j.log",
                "_wildcards_",
                "slurm_logfile",
            ),
        ),
        Internal(
            "snakemake_executor_plugin_slurm:Executor.check_active_jobs",
            Kind.FUNCTION,
            "as what asks for the jobs of that name, and removes their logs",
            mentions=("run_uuid", "aux", "external_jobid", "slurm_logfile"),
        ),
        Internal(
            "snakemake_executor_plugin_slurm.utils:get_job_wildcards",
            Kind.FUNCTION,
            "to recognise a job by its comment",
            parameters=("job",),
        ),
        Internal(
            "snakemake_executor_plugin_slurm:ExecutorSettings.jobname_prefix",
            Kind.FIELD,
            "for the name of jobs on SLURM",
        ),
    ),
)
