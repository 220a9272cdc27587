# SPDX-License-Identifier: BSD-3-Clause
"""What this numjac is: its version, how its core was built, what it finds beside itself."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import numpy as np

import numjac._core as _core

__all__ = ["Config", "__version__", "get_include", "show_config"]

__version__ = metadata.version("numjac")

# Packages that numjac knows to work with; none is needed.
COMPANIONS = ("scipy", "statsmodels", "numba", "cffi", "dask", "mpi4py", "matplotlib")


@dataclass(frozen=True)
class Config:
    """Version, build and companions; prints itself as a table."""

    version: str
    python: str
    numpy: str
    compiler: str
    parallel: str
    threads: int
    companions: dict[str, str]

    def __repr__(self) -> str:
        found = ", ".join(f"{name} {version}" for name, version in self.companions.items()) or "none"
        lines = {
            "numjac": self.version,
            "python": self.python,
            "numpy": self.numpy,
            "compiler": self.compiler,
            "parallel": f"{self.parallel}, {self.threads} thread{'s' * (self.threads != 1)}",
            "found": found,
        }
        return "\n".join(f"{name:>8}  {text}" for name, text in lines.items())


def show_config() -> Config:
    """
    Version, compiler, OpenMP, threads, optional packages found.

    Returns
    -------
    Config
        An object with these as attributes, whose repr is a table.

    Examples
    --------
    >>> import numjac as nj
    >>> nj.show_config().version == nj.__version__
    True
    """
    built = _core.build()
    return Config(
        version=__version__,
        python=f"{platform.python_version()} ({platform.python_implementation()})",
        numpy=np.__version__,
        compiler=built["compiler"],
        parallel=built["parallel"],
        threads=built["threads"],
        companions=_companions(),
    )


def get_include() -> str:
    """
    The folder of ``numjac.h``, for the compiler; its declarations for Cython are ``numjac.numjac``.

    Returns
    -------
    str
        An absolute path.

    Examples
    --------
    >>> import os
    >>> import numjac as nj
    >>> os.listdir(nj.get_include())
    ['numjac.h']
    """
    return str(Path(_core.__file__).parent / "include")


def _companions() -> dict[str, str]:
    """The versions of the companions that are installed; nothing is imported for it."""
    found = {}
    for name in COMPANIONS:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
