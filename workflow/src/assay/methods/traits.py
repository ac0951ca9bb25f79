"""What the rest of assay knows of a method before it imports anything that computes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """How a method differs from others, wherever that matters outside its package.

    Planning looks it up for thousands of models, so the module that holds it imports nothing else.

    Attributes:
        title: the protocol's word for it in a completion report.
        default_threads: cores that a training keeps busy where the design asks for no number.
        algorithm: training settings that say which algorithm computes; an emergency fix changes
            parameters, never these.
        called_often: functions of the model code that are called too often to be given inputs of
            their own each time.
        proves_itself: its certificate shows that a fit is an answer of the model, however it was
            come by. So where there is no part of a run to do again, the certificate stands for it.
        may_rest: checkpoints may hold the same as those before, once a fixed point is reached.
    """

    title: str
    default_threads: int
    algorithm: frozenset[str] = frozenset()
    called_often: frozenset[str] = frozenset()
    proves_itself: bool = False
    may_rest: bool = False
