"""Editing assay's source changes the digest of what depends on it, and of nothing else."""

import pytest

from assay.campaign import source_digest


@pytest.fixture
def package(tmp_path, monkeypatch):
    for name in ("seeds.py", "documents/slow.py", "methods/convex/fit.py", "methods/base.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x = 1\n")
    monkeypatch.setattr(source_digest, "PACKAGE", tmp_path)

    def digests():
        source_digest._digest.cache_clear()
        return [source_digest.training_digest(method) for method in ("convex", "bayesian")] + [
            source_digest.package_digest(only=("documents/",))
        ]

    yield tmp_path, digests
    source_digest._digest.cache_clear()


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("seeds.py", [True, True, False]),
        ("methods/base.py", [True, True, False]),
        ("methods/convex/fit.py", [True, False, False]),
        ("documents/slow.py", [False, False, True]),
        ("watch/screen.py", [False, False, False]),
        ("a_new_module.py", [True, True, False]),
    ],
)
def test_a_change_counts_where_it_matters(package, name, changed):
    folder, digests = package
    before = digests()
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("x = 2\n")
    assert [a != b for a, b in zip(before, digests(), strict=True)] == changed
