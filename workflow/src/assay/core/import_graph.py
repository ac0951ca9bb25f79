"""Which module imports which, read from the modules' text; nothing is imported for it.

Parsing takes 0.3 s for a package of 240 modules, far too long for something that every job does.
So only what can be an import is looked for, in one pass of a regular expression over each file. A
test holds what it finds against Python's own parser, module by module.
"""

import hashlib
import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from assay.core.errors import AssayError

_FOR_TYPES = re.compile(rb"^([ \t]*)if TYPE_CHECKING:.*\n(?:\1[ \t]+.*\n|[ \t]*\n)*", re.MULTILINE)
_COMMENT = re.compile(rb"#.*")


class ImportGraph:
    """The modules of some packages, and what each of them needs.

    Imports inside functions count; those under `if TYPE_CHECKING:` do not. A module that is
    started as a program (`"-m", "package.module"`) counts as imported.

    Attributes:
        files: where each module lies, by its dotted name.
    """

    def __init__(self, folder: Path, packages: Collection[str]) -> None:
        """Find the modules of packages that lie in a folder; each is read once, when it is met."""
        self.files = {
            _dotted(f"{place}/{name}"[len(f"{folder}/") :]): Path(place, name)
            for package in packages
            for place, _, names in os.walk(folder / package)
            for name in names
            if name.endswith(".py")
        }
        self._packages = tuple(packages)
        self._read: dict[str, tuple[bytes, frozenset[str]]] = {}

    def imports(self, module: str) -> frozenset[str]:
        """Return the modules that a module's text imports: no more than it says.

        Raises:
            AssayError: there is no such module.
        """
        return self._look(module)[1]

    def closure(
        self,
        roots: Iterable[str],
        named: Mapping[str, Collection[str]] = MappingProxyType({}),
        without: Collection[str] = (),
    ) -> frozenset[str]:
        """Return everything that some modules need, themselves included.

        With a module come the packages it lies in, for Python runs their `__init__` before it.

        Args:
            roots: the modules to begin with.
            named: modules that a module imports by a name it makes up while it runs.
            without: modules and packages at which to turn back.
        """
        beyond = tuple(f"{name}." for name in without)
        found: set[str] = set()
        waiting = list(roots)
        while waiting:
            module = waiting.pop()
            if module in found or f"{module}.".startswith(beyond):
                continue
            found.add(module)
            waiting += self.imports(module)
            waiting += named.get(module, ())
            waiting += module.rpartition(".")[:1] if "." in module else ()
        return frozenset(found)

    def digest(self, modules: Iterable[str]) -> str:
        """Return "sha256:..." over names and contents of modules."""
        total = hashlib.sha256()
        for module in sorted(modules):
            total.update(f"{module}\0".encode())
            total.update(self._look(module)[0])
        return "sha256:" + total.hexdigest()

    def _look(self, module: str) -> tuple[bytes, frozenset[str]]:
        """Return the digest of a module's text and what it imports."""
        if module not in self._read:
            if module not in self.files:
                raise AssayError(f"there is no module {module}")
            text = self.files[module].read_bytes()
            imports = map(self.module, imported_names(text, self._packages))
            self._read[module] = hashlib.sha256(text).digest(), frozenset(imports) - {module}
        return self._read[module]

    def module(self, name: str) -> str:
        """Return the module in which an imported name is found."""
        while name not in self.files and "." in name:
            name = name.rpartition(".")[0]
        return name


def imported_names(source: bytes, packages: Collection[str]) -> frozenset[str]:
    """Return the names that a module imports from packages, dotted: "assay.core.files.write_text".

    Args:
        source: the module's text, formatted as `ruff format` does.
        packages: the packages of interest.
    """
    if b"TYPE_CHECKING:" in source:
        source = _FOR_TYPES.sub(b"", source)
    return frozenset(name.decode() for name in _names(source, tuple(packages)))


def _names(source: bytes, packages: tuple[str, ...]) -> Iterator[bytes]:
    from_module, import_module, program = _patterns(packages)
    for found in _statements(from_module, source):
        for part in _COMMENT.sub(b"", found[2] or found[3]).split(b","):
            yield from (found[1] + b"." + name for name in part.split()[:1])  # without "as ..."
    for found in _statements(import_module, source):
        yield found[1]
    for found in program.finditer(source):
        yield found[1] + b".__main__"


def _statements(pattern: re.Pattern[bytes], source: bytes) -> Iterator[re.Match[bytes]]:
    """Yield what stands at the beginning of a line, and in no docstring."""
    for found in pattern.finditer(source):
        start = found.start()
        if (
            not source[source.rfind(b"\n", 0, start) + 1 : start].strip()
            and source.count(b'"""', 0, start) % 2 == 0
        ):
            yield found


@cache
def _patterns(packages: tuple[str, ...]) -> tuple[re.Pattern[bytes], ...]:
    """Return what finds `from ... import`, `import ...` and programs; each begins with a word.

    A word to begin with is what makes a search fast: the text is scanned for it alone.
    """
    package = b"((?:" + b"|".join(name.encode() for name in packages) + rb")\b[\w.]*)"
    return (
        re.compile(b"from " + package + rb" import (?:\(([^)]*)\)|([^\n]+))"),
        re.compile(b"import " + package),
        re.compile(b'"-m", "' + package + b'"'),
    )


def _dotted(path: str) -> str:
    """Return the name of the module in a file, given by its path from where packages lie."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
