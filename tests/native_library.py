"""The compiled functions of native/functions.c as a library, made once where there is a compiler."""

import atexit
import ctypes
import functools
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent / "native" / "functions.c"
DOUBLE = ctypes.POINTER(ctypes.c_double)
FULL = (ctypes.c_size_t, DOUBLE, ctypes.c_size_t, DOUBLE, ctypes.c_void_p)


class Settings(ctypes.Structure):
    """As in functions.c."""

    _fields_ = (("n", ctypes.c_size_t), ("m", ctypes.c_size_t), ("stop", ctypes.c_double), ("seen", DOUBLE))


# A numjac that is linked to its sources is built anew by each process that imports it; several at once would write to
# the libraries that others have just loaded.
LINKED = any(hasattr(finder, "rebuild") for finder in sys.meta_path)


@functools.cache
def built():
    """The path of the library; None where there is no compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        return None
    folder = tempfile.mkdtemp(prefix="numjac-test-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    where = Path(folder) / "functions.so"
    subprocess.run([compiler, "-O2", "-std=c11", "-fPIC", "-shared", str(SOURCE), "-o", str(where), "-lm"], check=True)
    return where


def library():
    """The library, typed."""
    path = built()
    if path is None:
        pytest.skip("no C compiler")
    lib = ctypes.CDLL(str(path))
    for name in ("full", "stopping", "lazy", "slow", "full_complex"):
        getattr(lib, name).argtypes, getattr(lib, name).restype = FULL, ctypes.c_int
    lib.mute.argtypes, lib.mute.restype = FULL[:4], None
    for name in ("brief", "brief_complex"):
        getattr(lib, name).argtypes, getattr(lib, name).restype = (DOUBLE, DOUBLE, ctypes.c_void_p), ctypes.c_int
    lib.plain.argtypes, lib.plain.restype = (DOUBLE, DOUBLE), None
    return lib
