"""Loading a design: every problem is found and named before anything is trained."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from assay.design.frontmatter import Node, Unreadable, front_matter_text, read_tree
from assay.design.outline import DESIGN_NAME
from assay.design.problems import InvalidDesignError, Problem
from assay.design.references import reference_problems
from assay.design.schema import Design, FrontMatter
from assay.design.words import explain, infinities, suggestion
from assay.methods import METHODS, load, traits_of
from assay.methods.base import Settings

Location = tuple[str | int, ...]
S = TypeVar("S", bound=Settings)
# Blocks in which unquoted numbers are read as numbers (so that 1e3 is a number of draws) ...
NUMBERS = ("training", "convergence", "expected", "resources", "emergency_fix")
# ... and those that only the method's settings understand.
OF_METHOD = ("training", "convergence", "emergency_fix")


def load_design(path: Path) -> Design:
    """Parse and check `model_design_{i}.md`.

    Raises:
        InvalidDesignError: a DesignError whose `problems` and message name every problem with file,
            line, key and remedy.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        why = error.strerror or str(error)
        raise InvalidDesignError(
            [Problem(path, 1, "file", f"it cannot be read ({why})", "put the design there")]
        ) from error
    return parse_design(path, content)


def parse_design(path: Path, content: bytes) -> Design:
    """Parse and check the bytes of a design that is called `path`.

    Raises:
        InvalidDesignError: as `load_design`.
    """
    try:
        tree, flaws = read_tree(front_matter_text(content))
    except Unreadable as error:
        flaw = error.flaw
        raise InvalidDesignError(
            [Problem(path, flaw.line, flaw.key, flaw.what, flaw.remedy)]
        ) from error
    reading = _Reading(path, tree)
    reading.problems += [Problem(path, f.line, f.key, f.what, f.remedy) for f in flaws]
    design = reading.design()
    if design is None or reading.problems:
        raise InvalidDesignError(reading.problems)
    return design


class _Reading:
    """One pass over the tree that collects problems instead of stopping at the first."""

    def __init__(self, path: Path, tree: Node) -> None:
        self.problems: list[Problem] = []
        self._path = path
        self._tree = tree
        self._blocks = _blocks(tree)

    def design(self) -> Design | None:
        """Return the design, or None where `problems` say why there is none."""
        common = {key: None if key in OF_METHOD else block for key, block in self._blocks.items()}
        front = self._validate(FrontMatter, common, ())
        self._check_number()
        for location, what, remedy in reference_problems(self._blocks):
            self._add(location, what, remedy)
        method = self._blocks.get("method")
        if not isinstance(method, str) or method not in METHODS:
            return None
        settings = load(method, "settings")
        training = self._block(settings.Training, "training")
        convergence = self._block(settings.Convergence, "convergence")
        fix = self._emergency_fix(method, training is not None)
        if front is None or training is None or convergence is None or self.problems:
            return None
        blocks = {name: getattr(front, name) for name in FrontMatter.model_fields}
        return Design(
            **{
                **blocks,
                "training": training,
                "convergence": convergence,
                "emergency_fix": fix,
            }
        )

    def _block(self, model: type[S], name: str) -> S | None:
        return self._validate(model, self._blocks.get(name, {}), (name,))

    def _validate(self, model: type[S], values: Any, around: Location) -> S | None:
        """Return the settings in `values`, or None after noting what is wrong with them."""
        try:
            settings = model.model_validate(values)
        except ValidationError as error:
            for detail in error.errors(include_url=False):
                what, remedy = explain(detail, model, protocol=around == ("convergence",))
                self._add((*around, *detail["loc"]), what, remedy)
            return None
        for location in infinities(settings.model_dump()):
            self._add((*around, *location), "it is not finite", "write a number")
        return settings

    def _check_number(self) -> None:
        name = DESIGN_NAME.fullmatch(self._path.name)
        if name is None:
            self._add(
                (),
                f"the file is called {self._path.name}",
                "call it model_design_N.md, N being the model's number (1, 2, ...)",
                key="file",
            )
        elif (text := str(self._blocks.get("model", ""))).isdecimal() and len(text) < 1000:
            number = int(text)
            if number > 0 and number != int(name[1]):
                self._add(
                    ("model",),
                    f"{number} is not the number in the file's name, {name[1]}",
                    f"write model: {name[1]}, or rename the file",
                )

    def _emergency_fix(self, method: str, training_is_right: bool) -> dict[str, Any]:
        fix = self._blocks.get("emergency_fix", {})
        if not isinstance(fix, dict):
            self._add(("emergency_fix",), "it is no mapping", "write training parameters in it")
            return {}
        model, algorithm = load(method, "settings").Training, traits_of(method).algorithm
        allowed = [name for name in model.model_fields if name not in algorithm]
        for key in fix:
            if key in algorithm:
                what = f"{key} is the algorithm, and an emergency fix changes parameters only"
                self._add(("emergency_fix", key), what, f"remove {key}")
            elif key not in allowed:
                what = "it is no training parameter of this method"
                self._add(("emergency_fix", key), what, suggestion(key, allowed))
        return self._fixed(model, {k: v for k, v in fix.items() if k in allowed}, training_is_right)

    def _fixed(
        self, model: type[Settings], fix: Mapping[str, Any], training_is_right: bool
    ) -> dict[str, Any]:
        """Check the fix as part of the training block that it would make."""
        training = self._blocks.get("training", {})
        merged = {**(training if isinstance(training, dict) else {}), **fix}
        try:
            settings = model.model_validate(merged)
        except ValidationError as error:
            for detail in error.errors(include_url=False):
                location = detail["loc"]
                if (location and location[0] in fix) or (not location and training_is_right):
                    self._add(("emergency_fix", *location), *explain(detail, model))
            return {}
        for location in infinities(settings.model_dump(include=set(fix))):
            self._add(("emergency_fix", *location), "it is not finite", "write a number")
        return {key: settings.model_dump(mode="json")[key] for key in fix}

    def _add(self, location: Location, what: str, remedy: str, key: str = "") -> None:
        names = [part for part in location if isinstance(part, str)]  # the line tells the item
        name = key or ".".join(names) or "front matter"
        line = self._tree.line_of(location) if location else 1
        self.problems.append(Problem(self._path, line, name, what, remedy))


def _blocks(tree: Node) -> dict[str, Any]:
    """Return the top-level values; a key with nothing behind it counts as absent."""
    blocks = {
        key: node.values() if key in NUMBERS else node.texts()
        for key, (_, node) in (tree.entries or {}).items()
    }
    results = blocks.get("results")
    if isinstance(results, dict):
        blocks["results"] = {key: value for key, value in results.items() if value is not None}
    return {key: value for key, value in blocks.items() if value is not None}
