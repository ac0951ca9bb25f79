"""The one emergency fix of a model: when it is due, how it is recorded, who decides on it.

A fix changes training parameters and nothing else, as the design's `emergency_fix` said before
anything was trained; it is applied only to a critical failure, once per model, and every use is
recorded in `VERSION_MANIFEST.json` before it happens. Its result is provisional: published, and
read by the models that depend on it, but named PROVISIONAL wherever people look, until the
director approves it; a rejection withdraws it with everything that was built on it.

* `severity`: what is critical, from what an attempt measured; the recorder and the validator
  both ask it;
* `attempts`: what stays of an attempt to compare the next one with;
* `diary`: dev_diary.md, appended after each attempt;
* `use`: whether a fix is due after an attempt, and recording its use;
* `standing`: whether a model's results are provisional, its own fix or that of one it reads;
* `decision`: `assay approve` and `assay reject`.
"""
