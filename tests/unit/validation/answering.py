"""A worker that answers a validator as it is told to."""

from typing import Any, ClassVar

from cases import TABLE, case
from runs_by_hand import batches, fit

from assay.core.errors import Category, TrainingError
from assay.core.fit import Fit
from assay.evidence.arrays import digest_arrays, save_arrays, save_fit
from assay.worker import messages
from assay.worker.messages import Checked, Spent, failure
from assay.worker.table import write_table


def again(**others):
    """Return what a worker says that did the honest run again."""
    checkpoints = {name[6:-4]: digest_arrays(case().checkpoints[name[6:-4]]) for name in batches()}
    own = {"phases": {"simulate": Spent(wall=1.0, cpu=1.0)}, "checkpoints": checkpoints}
    return messages.Replayed(**{**own, "peak_rss": 5, **others})


def checked(**others):
    own: dict[str, Any] = {"criteria": (), "strangers": {}, "own": {}, "broken": {}}
    return Checked(**own | others)


def failed(category=Category.IMPLEMENTATION):
    return failure(TrainingError("it raised", category=category), "fit")


class Worker:
    """Answers as it is told to, and leaves the honest fit and tables in its folder."""

    answers: ClassVar[tuple[Any, ...]] = ()
    fit: ClassVar[Fit | None] = None
    tables = ("0", "1", "perturbed_0", "perturbed_1", "distorted_0", "nudged_0")
    began: ClassVar[list[Any]] = []

    def __init__(self, task, scratch, print_line, start):
        type(self).began.append(self)
        print_line("what the model prints is nobody's concern")
        self.task, self.scratch, self.start = task, scratch, start
        self.sent, self.killed = [], False
        self._left = list(type(self).answers)
        save_fit(scratch, type(self).fit or fit())
        save_arrays(scratch / "replayed.npz", {})
        self.files = {
            path.relative_to(scratch.parent).as_posix(): path.read_bytes()
            for path in scratch.parent.rglob("*")
            if path.is_file()
        }

    def send(self, message):
        self.sent.append(message)
        stored = self.scratch / "stored"
        self.stored = {path.name: path.read_bytes() for path in stored.iterdir()}
        for place, name in enumerate(type(self).tables):
            write_table(self.scratch / f"results_{name}.json", TABLE.assign(x=[1.0, float(place)]))

    def receive(self, timeout):
        if self._left and self._left[0] == "silence":
            return []
        return [self._left.pop(0)] if self._left else None

    def finish(self):
        return "it was killed by SIGKILL"

    def kill(self):
        self.killed = True
