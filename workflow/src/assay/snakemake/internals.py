"""The only module that touches what Snakemake and its SLURM plugin do not promise to keep.

`tables` lists all of it, and it is looked for at start. What public interfaces can do is done
through them: ending the work on a signal (`onstart` and Python's own signals), following a job
(`run_jobs` and `report_job_submission` of an executor), finding the files that Snakemake keeps
(`persistence.path`). None reaches the moments before planning and before locking, the locks of a
run that is dead, or the name of a job.
"""

import shlex
import sys
from collections.abc import Callable, Set
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from snakemake.exceptions import WorkflowError

from assay.core.internals import Library, UnsupportedLibraryError, check
from assay.snakemake.tables import SLURM_PLUGIN, SNAKEMAKE

Action = Callable[[], None]
Lock = Callable[[], AbstractContextManager[None]]


def check_snakemake() -> None:
    """Look for what is used of Snakemake's insides; a millisecond.

    Raises:
        WorkflowError: this Snakemake is not one that is supported.
    """
    _check(SNAKEMAKE)


def quote_interpreter() -> None:
    """Let a project lie in a folder with a space in its name.

    Snakemake writes the path of Python into shell commands as it is; without quotes no script
    could be run there. Nothing says which interpreter scripts get but this variable.
    """
    sys.executable = shlex.quote(sys.executable)


def before_planning(workflow: Any, action: Action) -> None:
    """Have something done when the settings are known and no job is planned yet.

    The command line's settings reach the workflow only after its files are read, and `onstart`
    comes after planning and locking: so the method that prepares the graph is wrapped.

    Args:
        workflow: the `workflow` of a Snakefile.
        action: what to do.
    """
    prepare = workflow._prepare_dag

    def act_and_prepare(*args: Any, **kwargs: Any) -> Any:
        action()
        return prepare(*args, **kwargs)

    workflow._prepare_dag = act_and_prepare


def before_locking(workflow: Any, action: Action) -> None:
    """Have something done, in no dry run, when what locks is known and nothing is locked yet.

    Args:
        workflow: the `workflow` of a Snakefile.
        action: what to do.
    """
    prepare = workflow._prepare_dag

    def prepare_and_act(*args: Any, **kwargs: Any) -> None:
        prepare(*args, **kwargs)
        if not workflow.dryrun:
            action()

    workflow._prepare_dag = prepare_and_act


def force_run(workflow: Any, outputs: Set[str]) -> None:
    """Have the jobs of some outputs run again, unless single targets were asked for.

    `--forcerun` is the public way, and is the user's to give.
    """
    settings = workflow.dag_settings
    if not settings.targets:
        settings.forcerun = frozenset(settings.forcerun) | frozenset(outputs)


def locks_of(workflow: Any) -> "Locks | None":
    """Return the locks that a run is about to hold; None if it is to hold none.

    To be called before locking.
    """
    settings = workflow.execution_settings  # none where nothing is run, as with --unlock
    return Locks(workflow.persistence) if settings is not None and settings.lock else None


class Locks:
    """Snakemake's locks on the files of a run.

    Attributes:
        folder: where it keeps what it knows about files, and its locks.
    """

    def __init__(self, persistence: Any) -> None:
        self._persistence = persistence
        self.folder = Path(persistence.path)

    def remove(self) -> None:
        """Remove all there are, as `snakemake --unlock` does."""
        self._persistence.cleanup_locks()
        folder = getattr(self._persistence, "_lockdir", None)  # none where a database keeps them
        if folder is not None:
            Path(folder).mkdir(exist_ok=True)  # it went with them, and is written into

    def wrap(self, around: Callable[[Lock], Lock]) -> None:
        """Let the run lock through what `around` makes of its own way to."""
        self._persistence.lock = around(self._persistence.lock)


def slurm_jobs_of(workflow: Any) -> "SlurmJobs | None":
    """Return the way a run submits its jobs to SLURM; None if it does not.

    To be called before planning.

    Raises:
        WorkflowError: this plugin is not one that is supported.
    """
    plugin = workflow.executor_plugin
    if plugin is None or plugin.name != "slurm":
        return None
    _check(SLURM_PLUGIN)
    return SlurmJobs(plugin, workflow.executor_settings.jobname_prefix)


class SlurmJobs:
    """How a run submits jobs to SLURM.

    An executor plugin of our own would be the public way to another executor. It would take the
    options `--slurm-...` with it, which are the users' habit and in their profiles, and whoever
    says `--executor slurm` would submit twice. So the class that this one makes is replaced.

    Attributes:
        prefix: with which the user wants the names of jobs to begin; may be empty.
    """

    def __init__(self, plugin: Any, prefix: str | None) -> None:
        self._plugin = plugin
        self.prefix = prefix or ""

    def follow(self, name: str, earlier: dict[str, str]) -> None:
        """Submit jobs under a name that lasts, but follow those that are there already.

        Args:
            name: of all jobs of the run.
            earlier: SLURM's number by comment (rule and wildcards); emptied as they are found.
        """
        self._plugin.executor = _following(self._plugin.executor, name, earlier)


def _following(executor: Any, name: str, earlier: dict[str, str]) -> Any:
    from snakemake_executor_plugin_slurm.utils import get_job_wildcards
    from snakemake_interface_executor_plugins.executors.base import SubmittedJobInfo

    class Following(executor):  # type: ignore[misc]
        def __post_init__(self, *args: Any, **kwargs: Any) -> None:
            super().__post_init__(*args, **kwargs)
            self.run_uuid = name
            self.logger.info(f"The SLURM jobs of this campaign are named {name}")

        def run_jobs(self, jobs: list[Any]) -> None:
            super().run_jobs([job for job in jobs if not self._is_followed(job)])

        def _is_followed(self, job: Any) -> bool:
            rule, wildcards = f"rule_{job.name}", get_job_wildcards(job)
            number = earlier.pop(f"{rule}_wildcards_{wildcards}", None)
            if number is None:
                return False
            self.run_job_pre(job)
            self.logger.info(
                f"Job {job.jobid} is SLURM job {number} already, submitted by an earlier "
                "Snakemake: it is followed, not submitted again."
            )
            log = self.slurm_logdir / rule / wildcards / f"{number}.log"
            self.report_job_submission(
                SubmittedJobInfo(job, external_jobid=number, aux={"slurm_logfile": log})
            )
            return True

    return Following


def _check(library: Library) -> None:
    try:
        check(library)
    except UnsupportedLibraryError as error:
        raise WorkflowError(f"assay: {error}. {error.remedy}") from None
