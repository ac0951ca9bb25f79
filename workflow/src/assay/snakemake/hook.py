"""The moments between Snakemake's reading the command line and its locking the workspace.

The command line's settings reach the workflow only after its files are read, and there is no
public place for what must happen then: so the method that prepares the graph is wrapped. Its
absence in another Snakemake is an error, not a silence.
"""

from collections.abc import Callable
from typing import Any

Action = Callable[[], None]


def before_planning(workflow: Any, action: Action) -> None:
    """Have something done when the settings are known and no job is planned yet.

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
    """Have something done when what locks is known and nothing is locked yet.

    Args:
        workflow: the `workflow` of a Snakefile.
        action: what to do.
    """
    prepare = workflow._prepare_dag

    def prepare_and_act(*args: Any, **kwargs: Any) -> None:
        prepare(*args, **kwargs)
        action()

    workflow._prepare_dag = prepare_and_act
