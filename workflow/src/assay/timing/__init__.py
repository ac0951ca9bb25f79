"""The time tracker: how long every agent spent on every model, over all attempts.

    from assay import timing

    number = timing.start(log, "5", "model_trainer1", model=3, rerun=True).number
    timing.alive(log, "5", "model_trainer1", model=3, attempt=number)   # once per heartbeat
    timing.end(log, "5", "model_trainer1", model=3, attempt=number)
    timing.durations(log, "5")

Rules:
* A record belongs to one (phase, agent, model); an agent may train several models, at once or
  one after another, and each has its own record.
* Time adds up over attempts, and a pause is not counted.
* A record that ended, or whose process died before `end`, is started again only on demand
  (`rerun`). The abandoned attempt is then closed as "interrupted": its time counts up to the
  last sign of life (`alive`, `pause`); what came after that is unknown and not counted.
* An attempt that is paused while others correct the inputs ends as "rewound" when its record is
  started again: all of its time counts, that of the pause does not.
* Durations are measured by the monotonic clock, which nobody can set. Where start and stop are
  from different boots or machines, the wall clock serves; if that one was set back in between,
  nothing is known: the duration counts as 0 and `validate` refuses it.
* The log is replaced as a whole under a lock, so a process killed at any time leaves it as it
  was before or after. A damaged log is set aside under another name and never overwritten.
"""

from assay.timing.log import TimingError
from assay.timing.totals import Duration, durations
from assay.timing.tracker import alive, end, pause, resume, start

__all__ = ["Duration", "TimingError", "alive", "durations", "end", "pause", "resume", "start"]
