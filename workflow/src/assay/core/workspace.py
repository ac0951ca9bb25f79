"""Every path of a workspace, in one place; `model` may be a number or a wildcard pattern."""

from dataclasses import dataclass
from pathlib import Path

from assay.core.errors import Category, TrainingError

Model = int | str
MANIFEST, SIGNATURE = "manifest.json", "signature.json"


@dataclass(frozen=True)
class Workspace:
    """A folder with models, laid out as the protocol says."""

    root: Path

    def design(self, model: Model) -> Path:
        """Return the design of a model."""
        return self.root / "model" / f"model_design_{model}.md"

    @property
    def code_folder(self) -> Path:
        """Return the folder with all model code."""
        return self.root / "implementation" / "code"

    def code(self, model: Model) -> Path:
        """Return the code of a model."""
        return self.code_folder / f"model_{model}.py"

    def features_candidates(self, model: Model) -> tuple[Path, Path]:
        """Return the two names under which a model's features may stand."""
        stem = self.root / "implementation" / "data" / f"features_{model}"
        return stem.with_suffix(".pkl"), stem.with_suffix(".parquet")

    def features(self, model: Model) -> Path:
        """Return the features file that is there.

        Raises:
            TrainingError: neither or both of .pkl and .parquet exist.
        """
        pickle, parquet = self.features_candidates(model)
        found = [path for path in (pickle, parquet) if path.exists()]
        if not found:
            raise TrainingError(
                f"the features of model {model} are missing: there is no {pickle} "
                f"and no {parquet.name}",
                category=Category.DATA,
                where=str(pickle),
                remedy=f"Put the features at {pickle} (or as {parquet.name}) and run again.",
            )
        if len(found) > 1:
            raise TrainingError(
                f"model {model} has its features twice, as {pickle.name} and as {parquet.name}",
                category=Category.DATA,
                where=str(pickle.parent),
                remedy="Delete the one that is not meant; assay does not choose.",
            )
        return found[0]

    def results(self, model: Model) -> Path:
        """Return the published results of a model."""
        return self.root / "implementation" / "data" / f"results_{model}.csv"

    def training_log(self, model: Model) -> Path:
        """Return the training log for people."""
        return self.root / "implementation" / "logs" / f"training_{model}.log"

    def convergence_log(self, model: Model) -> Path:
        """Return the log of every convergence criterion."""
        return self.root / "implementation" / "logs" / f"convergence_{model}.log"

    @property
    def timing(self) -> Path:
        """Return the time tracker's log."""
        return self.root / "implementation" / "logs" / "phase_5_timing.json"

    @property
    def version_manifest(self) -> Path:
        """Return the record of every emergency fix."""
        return self.root / "implementation" / "VERSION_MANIFEST.json"

    @property
    def diary(self) -> Path:
        """Return the development diary: every failed attempt, and what changed since."""
        return self.root / "docs" / "reports" / "dev_diary.md"

    def slow_report(self, model: Model) -> Path:
        """Return the report that is there while a training takes longer than expected."""
        return self.root / "docs" / "reports" / f"slow_{model}.md"

    def evidence(self, model: Model) -> Path:
        """Return the evidence folder of a model."""
        return self.root / "implementation" / "evidence" / str(model)

    def outcome(self, model: Model) -> Path:
        """Return the record of how a model's training ended."""
        return self.evidence(model) / "outcome.json"

    def transient_outcome(self, model: Model) -> Path:
        """Return the record of a failure that the next run may not repeat."""
        return self.evidence(model) / "outcome_transient.json"

    def manifest(self, model: Model) -> Path:
        """Return the sealed list of everything that belongs to a training."""
        return self.evidence(model) / MANIFEST

    def signature(self, model: Model) -> Path:
        """Return the envelope that signs the manifest."""
        return self.evidence(model) / SIGNATURE

    @property
    def keys(self) -> Path:
        """Return the folder with the public keys that sealed evidence here."""
        return self.root / "implementation" / "keys"

    def verdict(self, model: Model) -> Path:
        """Return the validator's verdict on a model."""
        return self.root / "docs" / "validation" / f"verdict_{model}.json"

    def validation_report(self, model: Model) -> Path:
        """Return the same for people."""
        return self.root / "docs" / "validation" / f"time_validator_{model}.md"

    def approval(self, model: Model) -> Path:
        """Return the file that is there only while a model's results are approved."""
        return self.root / "docs" / "validation" / f"approved_{model}.json"

    @property
    def mission_analysis(self) -> Path:
        """Return the mission analysis."""
        return self.root / "docs" / "mission_analysis.md"

    def consultation(self, trainer: Model, stamp: str) -> Path:
        """Return the consultation of trainer `trainer` with time stamp `stamp`."""
        name = f"phase_5_model_trainer{trainer}_{stamp}.md"
        return self.root / "docs" / "consultations" / name

    def completion(self, model: Model) -> Path:
        """Return the completion report of a model."""
        return self.root / "docs" / "reports" / f"completion_{model}.md"

    def incident(self, model: Model) -> Path:
        """Return the incident report of a model whose training failed."""
        return self.root / "docs" / "reports" / f"incident_{model}.md"

    @property
    def director_summary(self) -> Path:
        """Return the director's summary over all models."""
        return self.root / "docs" / "director_summary.md"

    def pattern(self, kind: str) -> str:
        """Return the path `kind` of any model, with Snakemake's wildcard {model} for its number."""
        path = getattr(self, kind)
        return str(path("{model}") if callable(path) else path)

    def consultation_pattern(self) -> str:
        """Return the path of any consultation, with the wildcards {trainer} and {stamp}."""
        return str(self.consultation("{trainer}", "{stamp}"))

    @property
    def demonstration(self) -> Path:
        """Return the file that marks a workspace as the demonstration."""
        return self.root / "demonstration.yaml"
