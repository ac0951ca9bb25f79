# Look-ups shared by the rules: the configuration, the workspace and the plan of the campaign.
# Everything here is computed from files that exist when the graph is built; nothing reads the
# clock, so that every job that parses this again finds the same graph.
import sys

from snakemake.exceptions import WorkflowError

from assay.campaign.plan import make_plan
from assay.campaign.source_digest import rule_digest
from assay.core.errors import AssayError
from assay.snakemake.cluster import follow_earlier_jobs
from assay.snakemake.forcerun import force
from assay.snakemake.internals import check_snakemake, quote_interpreter
from assay.snakemake.preflight import install as check_writable
from assay.snakemake.stale_locks import install

check_snakemake()
quote_interpreter()

try:
    PLAN = make_plan(config, check=workflow.is_main_process)
except AssayError as error:
    raise WorkflowError(f"assay: {error}")

WORKSPACE = PLAN.workspace
config["workspace"] = str(WORKSPACE.root)  # the scripts read it there


wildcard_constraints:
    model=r"[1-9]\d*",
    trainer=r"[1-9]\d*",
    stamp=r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d",


# What changed without Snakemake's noticing is made again; its own memory may be gone.
if PLAN.forced:
    force(workflow, PLAN.forced)

# Locks of a dead run are taken over, and jobs that it left on a cluster are followed, not
# submitted again.
if workflow.is_main_process:
    check_writable(workflow, WORKSPACE, PLAN.models)
    install(workflow)
    follow_earlier_jobs(workflow, WORKSPACE.root)

for problem in PLAN.problem_lines():
    print(f"assay: {problem}", file=sys.stderr)


def stop_work_with_snakemake():
    """Have trainings and validations stopped when this Snakemake is asked to end."""
    from assay.snakemake.graceful_shutdown import install

    install()


def report_decisions():
    """Say what the director has to decide on in a campaign that is finished."""
    from assay.commands.report import decision_lines

    for line in decision_lines(WORKSPACE, PLAN.models):
        print(f"assay: decide: {line}", file=sys.stderr)


def report_failures():
    """Write the director's summary of an unfinished campaign and say what failed and why."""
    from assay.commands.report import summarise_unfinished

    print(summarise_unfinished(PLAN), file=sys.stderr)
