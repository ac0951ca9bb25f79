"""What a library does not promise is looked for: its version, and every name with its meaning."""

import sys
from dataclasses import dataclass
from functools import cached_property
from types import ModuleType
from typing import Any, ClassVar

import pytest

from assay.core import internals
from assay.core.errors import Category
from assay.core.internals import Internal, Kind, Library, UnsupportedLibraryError, check
from broken_internals import twins


@dataclass
class _Settings:
    lock: bool = True


class _Base:
    def __init__(self) -> None:
        self.made = 1

    def inherited(self) -> None: ...


class _Engine(_Base):
    prepare: Any
    lock: Any
    within: Any
    plugin: Any
    CONES = (int, str)
    KINDS: ClassVar = {"a": Kind.CLASS}
    KIND = Kind.FIELD
    mute = map

    def run(self, jobs, *more, **rest):
        self.prepare()
        return "%j.log", self.lock(), [lambda: self.within(1)]

    @property
    def dry(self):
        return self.plugin

    @cached_property
    def kept(self):
        return 1

    @staticmethod
    def plain(x):
        return x


def entry(name: str, kind: Kind, **expected) -> Internal:
    return Internal(f"a_library:{name}", kind, "to test", **expected)


SOUND = (
    entry("Engine", Kind.CLASS),
    entry(
        "Engine.run",
        Kind.FUNCTION,
        parameters=("self", "jobs", "*more", "**rest"),
        mentions=("prepare", "lock", "%j.log", "within"),
    ),
    entry("Engine.plain", Kind.FUNCTION, parameters=("x",)),
    entry("Engine.dry", Kind.PROPERTY, mentions=("plugin",)),
    entry("Engine.kept", Kind.PROPERTY),
    entry("Engine.made", Kind.ATTRIBUTE),
    entry("Engine.CONES", Kind.VALUE, equals=("int", "str")),
    entry("Engine.KINDS", Kind.VALUE, equals=("a",)),
    entry("Engine.KIND", Kind.VALUE, equals="FIELD"),
    entry("Settings.lock", Kind.FIELD),
)


def library(*entries: Internal) -> Library:
    return Library("a-library", "1.2.3", "1.4", entries)


@pytest.fixture(autouse=True)
def a_library(monkeypatch):
    """Install a library in version 1.3.0."""
    module = ModuleType("a_library")
    vars(module).update(Engine=_Engine, Settings=_Settings)
    monkeypatch.setitem(sys.modules, "a_library", module)
    monkeypatch.setattr(internals, "version", lambda name: "1.3.0")


def test_what_is_as_declared_passes():
    check(library(*SOUND))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (entry("Engine.gone", Kind.FUNCTION), "is gone"),
        (entry("Nothing.gone", Kind.FUNCTION), "is gone"),
        (entry("Engine.inherited", Kind.FUNCTION), "is gone"),
        (Internal("no_such_library:x", Kind.VALUE, "to test"), "is gone"),
        (entry("Settings.other", Kind.FIELD), "is gone"),
        (entry("Engine.lock", Kind.FIELD), "is gone"),
        (entry("Engine.other", Kind.ATTRIBUTE), "is gone"),
        (entry("Engine.run", Kind.CLASS), "is no class"),
        (entry("Engine.CONES", Kind.FUNCTION), "is no function"),
        (entry("Engine.run", Kind.PROPERTY), "is no property"),
        (entry("Engine.CONES", Kind.VALUE, equals=("int",)), "is ('int', 'str') instead of"),
        (
            entry("Engine.run", Kind.FUNCTION, parameters=("self", "jobs", "more", "rest")),
            "takes (self, jobs, *more, **rest), not (self, jobs, more, rest)",
        ),
        (entry("Engine.mute", Kind.FUNCTION, parameters=("x",)), "takes (?), not (x)"),
        (entry("Engine.mute", Kind.FUNCTION, mentions=("x",)), "does without 'x'"),
        (entry("Engine.run", Kind.FUNCTION, mentions=("unlock",)), "does without 'unlock'"),
        (
            entry("Engine.run", Kind.FUNCTION, mentions=("lock", "prepare")),
            "does without 'prepare', or with it in another place",
        ),
    ],
)
def test_what_is_not_is_named(wrong, said):
    with pytest.raises(UnsupportedLibraryError) as refused:
        check(library(*SOUND, wrong))
    assert f"{wrong.name} {said}" in str(refused.value)
    assert "a-library 1.3.0 has other insides" in str(refused.value)
    assert "from 1.2.3 and before 1.4" in str(refused.value)
    assert "(used to test)" in str(refused.value)
    assert refused.value.category is Category.RESOURCE
    assert "requirements.txt" in refused.value.remedy


@pytest.mark.parametrize(("of", "internal", "breaking", "said"), twins(library(*SOUND)))
def test_twins_fail(of, internal, breaking, said, monkeypatch):
    breaking(monkeypatch)
    with pytest.raises(UnsupportedLibraryError) as refused:
        check(of)
    assert f"{internal.name} {said}" in str(refused.value)


def test_all_that_is_wrong_is_said_at_once():
    wrong = [entry("Engine.gone", Kind.VALUE), entry("Engine.lost", Kind.VALUE)]
    with pytest.raises(UnsupportedLibraryError, match=r"gone is gone .*; .*lost is gone"):
        check(library(*wrong))


@pytest.mark.parametrize(
    "version", ["1.2.3", "1.2.4rc1", "1.3", "1.3.99", "1.2.3.post1", "1.3.0+mine", "1.3.0.dev2"]
)
def test_versions_in_the_range_pass(version, monkeypatch):
    monkeypatch.setattr(internals, "version", lambda name: version)
    check(library())


@pytest.mark.parametrize("version", ["1.2.2", "1.2", "0.9", "1.4", "1.4.0rc1", "1.10.0", "2.0"])
def test_versions_outside_the_range_are_refused(version, monkeypatch):
    monkeypatch.setattr(internals, "version", lambda name: version)
    with pytest.raises(
        UnsupportedLibraryError,
        match=f"a-library {version} is installed; supported is a-library from 1.2.3",
    ):
        check(library(*SOUND))


def test_a_library_that_is_not_there_is_said_to_be_missing(monkeypatch):
    monkeypatch.undo()
    with pytest.raises(UnsupportedLibraryError, match="a-library is not installed"):
        check(library())
