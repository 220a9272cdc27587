"""Threads beside processes, other libraries and tools: each in a process of its own, under a hard time limit."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from native_library import LINKED, built

import numjac as nj

ROOT = Path(__file__).parent.parent
BACKEND = nj.show_config().parallel
LIMIT = 60

BEGINNING = """
import ctypes, os, sys
import numpy as np
import numjac as nj

lib = ctypes.CDLL(sys.argv[1])
double = ctypes.POINTER(ctypes.c_double)
lib.full.restype = ctypes.c_int
lib.full.argtypes = [ctypes.c_size_t, double, ctypes.c_size_t, double, ctypes.c_void_p]
x = np.linspace(0.3, 2.1, 60)

def job(workers=2):
    return nj.jacobian(nj.compiled(lib.full, m=60), x, method="central", order=4, workers=workers).tobytes()
"""


def run(program, *args, **environment):
    if built() is None:
        pytest.skip("no C compiler")
    done = subprocess.run(
        [sys.executable, "-c", BEGINNING + program, str(built()), *args],
        timeout=LIMIT, capture_output=True, text=True, check=False, env=os.environ | environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.split()


FORK = """
expected = job()
for _ in range(5):
    child = os.fork()
    if child == 0:
        from numjac.native.threads import default_threads
        good = job() == expected == job(None) and default_threads() == 1
        os._exit(0 if good else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert job() == expected
"""

FORK_IN_A_THREAD = """
import threading
expected, stop = job(), threading.Event()

def busy():
    while not stop.is_set():
        job()

thread = threading.Thread(target=busy)
thread.start()
for _ in range(20):
    child = os.fork()
    if child == 0:
        os._exit(0 if job() == expected else 1)
    assert os.waitpid(child, 0)[1] == 0
stop.set()
thread.join()
"""

POOL = """
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

def in_worker(k):
    from numjac.native.threads import default_threads
    return default_threads(), job() == job(None)

if __name__ == "__main__":
    expected = job()
    context = multiprocessing.get_context(sys.argv[2])
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        assert list(pool.map(in_worker, range(4))) == [(1, True)] * 4
    assert job() == expected
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.parametrize("program", [FORK, FORK_IN_A_THREAD], ids=["after a region", "beside one"])
def test_a_forked_child_works_and_defaults_to_one_thread(program):
    run("import warnings; warnings.simplefilter('ignore')\n" + program)


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_workers_of_a_pool_default_to_one_thread(method, tmp_path):
    if method != "spawn" and not hasattr(os, "fork"):
        pytest.skip("no fork here")
    if built() is None or LINKED:
        pytest.skip("no C compiler, or a numjac that several processes would build at once")
    script = tmp_path / "pool.py"  # spawn imports the main module again
    script.write_text(BEGINNING + POOL)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(script), str(built()), method],
        timeout=LIMIT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif("OpenMP" not in BACKEND and "pthreads" not in BACKEND, reason="no threads in this build")
def test_the_environment_and_the_affinity_are_heeded():
    program = "from numjac.native.threads import default_threads; print(default_threads())"
    assert run(program, OMP_NUM_THREADS="1") == ["1"]
    assert run(program, OMP_NUM_THREADS="3") == ["3"]
    if hasattr(os, "sched_setaffinity"):
        pinned = "os.sched_setaffinity(0, [min(os.sched_getaffinity(0))]); import subprocess\n"
        again = f"print(subprocess.run([sys.executable, '-c', {program!r}], capture_output=True, text=True).stdout)"
        assert run(pinned + again, OMP_NUM_THREADS="") == ["1"]


def test_threadpoolctl_is_heeded():
    pytest.importorskip("threadpoolctl")
    if "OpenMP" not in BACKEND:
        pytest.skip("threadpoolctl knows OpenMP only")
    program = """
from threadpoolctl import threadpool_limits
from numjac.native.threads import default_threads
with threadpool_limits(1):
    print(default_threads())
"""
    assert run(program, OMP_NUM_THREADS="2") == ["1"]


@pytest.mark.parametrize("order", ["numjac first", "numjac last"])
def test_beside_other_libraries_with_threads_of_their_own(order):
    pytest.importorskip("scipy")
    pytest.importorskip("sklearn")
    others = """
import scipy.linalg, sklearn.cluster
A = np.random.default_rng(0).normal(size=(300, 300))
scipy.linalg.svd(A)
sklearn.cluster.KMeans(3, n_init=2).fit(A)
"""
    check = "expected = job(1)\nassert all(job(w) == expected for w in (1, 2, 4))\n"
    run(check + others + check if order == "numjac first" else others + check + others + check)


def test_no_data_race_in_the_core(tmp_path):
    """ThreadSanitizer over the C tests of threads, with the threads of POSIX, of which it knows everything."""
    clang = shutil.which("clang") or shutil.which("gcc")
    if clang is None or not (ROOT / "csrc").is_dir():
        pytest.skip("no compiler, or no sources")
    flags = ["-std=c11", "-g", "-O1", "-fsanitize=thread", "-ffp-contract=off", "-DNUMJAC_PTHREAD", "-pthread",
             "-DNUMJAC_SANITIZED"]  # fmt: skip
    sources = [str(p) for p in sorted((ROOT / "csrc").glob("*.c"))]
    clean = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}  # of another sanitizer
    for name in ("test_columns", "test_points", "test_parallel"):
        test = ROOT / "tests" / "c" / f"{name}.c"
        command = [clang, *flags, f"-I{ROOT / 'csrc'}", *sources, str(test), "-o", str(tmp_path / name), "-lm"]
        made = subprocess.run(command, capture_output=True, text=True, check=False)
        if made.returncode:
            pytest.skip(f"no ThreadSanitizer: {made.stderr.splitlines()[-1]}")
        done = subprocess.run(
            [str(tmp_path / name)], timeout=10 * LIMIT, capture_output=True, text=True, check=False, env=clean
        )
        if "unexpected memory mapping" in done.stderr:
            pytest.skip("ThreadSanitizer does not know this kernel")
        assert done.returncode == 0, done.stdout + done.stderr
        assert "WARNING: ThreadSanitizer" not in done.stderr
