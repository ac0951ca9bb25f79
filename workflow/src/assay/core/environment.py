"""The environment in which models run: one instruction set, one BLAS kernel, one thread.

Numerical results depend on the processor unless these are fixed before the libraries are
loaded. With them a replay agrees to the last bit on any x86-64 machine of the last ten years.
"""

import importlib.metadata
import os
import platform
import sys
from pathlib import Path

PINNED = {
    "NUMBA_CPU_NAME": "x86-64-v3",
    "OPENBLAS_CORETYPE": "Haswell",
    "NPY_DISABLE_CPU_FEATURES": "X86_V4",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    "PYTENSORRC": os.devnull,  # settings of whoever runs it must not change the result
    # NumPy's BLAS, not whichever the machine offers; nothing that was compiled before: code from
    # numba's cache is linked, not inlined, and rounds differently from the same code made afresh.
    "PYTENSOR_FLAGS": "blas__ldflags=,numba__cache=False",
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "MPLBACKEND": "Agg",
    "TZ": "UTC",
    "LC_ALL": "C.UTF-8",
}
KEPT = ("PATH", "HOME", "LD_LIBRARY_PATH", "XDG_CACHE_HOME", "COVERAGE_PROCESS_START")
RECORDED_PACKAGES = (
    "numpy", "scipy", "pandas", "pymc", "pytensor", "nutpie", "numba", "llvmlite", "arviz",
    "arviz-stats", "xarray", "cvxpy", "clarabel", "highspy", "scs", "osqp", "pyscipopt", "pyarrow",
)  # fmt: skip


def worker_environment(temporary: Path) -> dict[str, str]:
    """Return the whole environment of a worker: what is pinned, and the little it needs besides.

    Args:
        temporary: folder for its temporary files.
    """
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    if not os.access(kept.get("HOME", ""), os.W_OK):  # PyTensor keeps what it compiles there
        kept["HOME"] = str(temporary)
    return {**kept, **PINNED, "TMPDIR": str(temporary)}


def describe_environment() -> dict[str, object]:
    """Return what results may depend on besides their inputs, as plain JSON values."""
    return {
        "python": platform.python_version(),
        "implementation": sys.implementation.name,
        "platform": platform.platform(),
        "machine": platform.machine(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "pinned": PINNED,
        "packages": {name: _version(name) for name in RECORDED_PACKAGES},
    }


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as stream:  # noqa: PTH123
            names = [line for line in stream if line.startswith("model name")]
        return names[0].split(":", 1)[1].strip()
    except (OSError, IndexError):
        return platform.processor()
