"""Admission: what is fixed about a model before it is trained.

Every input is read once, hashed and, design and code, frozen as a copy in the evidence; the
seed is derived from the digests, so nobody picks one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.core.errors import Category, DesignError, TrainingError
from assay.core.files import digest_bytes, digest_file, write_bytes
from assay.core.seeds import derive_seed
from assay.core.workspace import Workspace
from assay.design import Design, load_design
from assay.evidence.admission import FROZEN, Identity
from assay.methods import load
from assay.modelcode.check import check_code, helper_files
from assay.modelcode.pickles import acts, described


@dataclass(frozen=True)
class Admitted:
    """A model that may be trained.

    Attributes:
        design: its parsed design.
        front_matter: the same as plain values, for the model's `inputs.design`.
        code: the frozen copy of its code; helper modules lie beside it.
        features: its features file.
        upstream: published results it reads, by model.
        digests: "sha256:..." of every input, by a name without folders.
        seed: hex seed derived from the digests and the nonce.
    """

    design: Design
    front_matter: dict[str, Any]
    code: Path
    features: Path
    upstream: dict[int, Path]
    digests: dict[str, str]
    seed: str

    @property
    def identity(self) -> Identity:
        """Return what makes another training the same as this."""
        return Identity(self.digests, self.seed)


def admit(workspace: Workspace, model: int, nonce: str, problems: tuple[str, ...]) -> Admitted:
    """Check and freeze the inputs of a model.

    Args:
        workspace: where the model lives.
        model: its number.
        nonce: the director's word that goes into the seed.
        problems: what planning found wrong with the model's place among the others.

    Raises:
        TrainingError: an input is missing or broken.
    """
    design = _design(workspace.design(model), problems)
    code = workspace.code(model)
    features = workspace.features(model)
    if not code.exists():
        raise TrainingError(
            f"the code of model {model} is missing",
            category=Category.IMPLEMENTATION,
            where=str(code),
            remedy=f"Write {code} with the functions its method needs, and run again.",
        )
    frozen = workspace.evidence(model) / FROZEN
    upstream = {number: workspace.results(number) for number in design.depends_on}
    for number, path in upstream.items():
        _check_upstream(path, number)
    digests = {}
    for name, path in input_files(workspace, model, design.depends_on).items():
        if name == "design" or name.startswith("code/"):
            digests[name] = _freeze(path, (frozen / name).parent)
        else:
            digests[name] = digest_file(path)
    _check_code(frozen / "code" / code.name, code, design.method)
    _check_features(features)
    return Admitted(
        design=load_design(frozen / workspace.design(model).name),
        front_matter=design.front_matter(),
        code=frozen / "code" / code.name,
        features=features,
        upstream=upstream,
        digests=digests,
        seed=derive_seed(digests, nonce),
    )


def input_files(workspace: Workspace, model: int, depends_on: Iterable[int]) -> dict[str, Path]:
    """Return every input of a model by the name under which its digest is recorded.

    Raises:
        TrainingError: the features are missing, or there twice.
    """
    code = workspace.code(model)
    named = {"design": workspace.design(model)}
    for path in (code, *helper_files(code)):
        named[f"code/{path.relative_to(workspace.code_folder).as_posix()}"] = path
    named["features"] = workspace.features(model)
    return named | {f"upstream/{number}": workspace.results(number) for number in depends_on}


def inputs_now(workspace: Workspace, model: int, nonce: str) -> Identity | None:
    """Return digests and seed of a model's inputs as they are now; None if one is missing."""
    try:
        design = load_design(workspace.design(model))
        files = input_files(workspace, model, design.depends_on)
        digests = {name: digest_file(path) for name, path in files.items()}
    except (TrainingError, DesignError, OSError):
        return None
    return Identity(digests, derive_seed(digests, nonce))


def _design(path: Path, problems: tuple[str, ...]) -> Design:
    try:
        design = load_design(path)
    except DesignError as error:
        raise TrainingError(
            f"the design is broken: {_first(str(error).splitlines())}",
            category=Category.IMPLEMENTATION,
            where=str(path),
            remedy="Correct the design at the lines named and run again.",
            details=str(error),
        ) from error
    if problems:
        raise TrainingError(
            f"the model has no place among the others: {_first(problems)}",
            category=Category.IMPLEMENTATION,
            where=str(path),
            remedy="Correct depends_on in the designs named and run again.",
            details="\n".join(problems),
        )
    return design


def _freeze(path: Path, folder: Path) -> str:
    """Copy a file into a folder and return the digest of what was copied."""
    content = path.read_bytes()
    write_bytes(folder / path.name, content)
    return digest_bytes(content)


def _check_code(frozen: Path, code: Path, method: str) -> None:
    problems = check_code(frozen, load(method, "settings").FUNCTIONS)
    if problems:
        raise TrainingError(
            f"the code is not what a {method} model needs: {_first(problems)}",
            category=Category.IMPLEMENTATION,
            where=str(code),
            remedy="Correct the code at the lines named and run again.",
            details="\n".join(problems).replace(str(frozen), str(code)),
        )


def _check_features(features: Path) -> None:
    """Refuse now what the validator would not approve after a day of training."""
    try:
        odd = acts(features)
    except Exception:  # it cannot be loaded either, and the worker says why
        return
    if odd:
        raise TrainingError(
            f"the features are not only data: {described(features, odd)}",
            category=Category.DATA,
            where=str(features),
            remedy="Write the features again and run again.",
        )


def _first(problems: Sequence[str]) -> str:
    more = "" if len(problems) == 1 else f" (and {len(problems) - 1} more)"
    return f"{problems[0]}{more}"


def _check_upstream(path: Path, number: int) -> None:
    if not path.exists():
        raise TrainingError(
            f"model {number}, which this one reads, has published nothing",
            category=Category.DATA,
            where=str(path),
            remedy=f"Get model {number} trained first.",
        )
