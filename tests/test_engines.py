"""Evaluations spread over the engines that exist: the same bits, the same errors, nothing left running."""

import contextlib
import gc
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import textwrap
import threading
import time
import traceback
import warnings
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import spread
from spread import N, TwoNumbersError, X

import numjac as nj
from numjac.errors import OptionError, OutputError, ShapeError, WorkerError

HERE = str(Path(__file__).parent)
SECONDS = 60
pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="no alarm for what hangs")


@pytest.fixture(autouse=True)
def nothing_hangs():
    def late(*_):
        raise TimeoutError(f"not done after {SECONDS} seconds")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def processes(start):
    return lambda: ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(start))


class Mapped:
    """The map of an executor, closed with it."""

    def __init__(self, make):
        self.pool = make()

    def __enter__(self):
        return self.pool.map

    def __exit__(self, *_):
        self.pool.shutdown()


class Plain:
    """What needs no closing."""

    def __init__(self, workers):
        self.workers = workers

    def __enter__(self):
        return self.workers

    def __exit__(self, *_):
        pass


def loky():
    return Plain(pytest.importorskip("loky").get_reusable_executor(2))


def joblib():
    module = pytest.importorskip("joblib")
    return Plain(lambda work, tasks: module.Parallel(2)(module.delayed(work)(task) for task in tasks))


def pool():
    return Mapped(lambda: ProcessPoolExecutor(2))


class Pooled:
    """A multiprocessing.Pool, whose map is eager."""

    def __enter__(self):
        self.pool = multiprocessing.Pool(2)
        return self.pool.map

    def __exit__(self, *_):
        self.pool.terminate()
        self.pool.join()


ENGINES = {
    "two of our own": lambda: Plain(2),
    "threads": lambda: ThreadPoolExecutor(2),
    "fork": processes("fork"),
    "spawn": processes("spawn"),
    "forkserver": processes("forkserver"),
    "map of an executor": pool,
    "map of a pool": Pooled,
    "map": lambda: Plain(map),
    "loky": loky,
    "joblib": joblib,
}
IGNORED = "ignore:.*(fork|leaked).*"


@pytest.fixture(params=ENGINES)
def engine(request):
    with ENGINES[request.param]() as workers:
        yield workers


# -------------------------------------------------------------------------------------------------------- the same bits


@pytest.mark.filterwarnings(IGNORED)
def test_results_are_those_of_one_process(engine):
    for f, options in (
        (spread.smooth, {"method": "central"}),
        (spread.smooth, {"method": "adaptive"}),
        (spread.analytic, {"method": "complex"}),
        (spread.many, {"method": "central", "vectorized": True}),
        (spread.band, {"method": "central", "sparsity": nj.sparse.banded(N, 1, 0)}),
        (spread.band, {"method": "adaptive", "sparsity": nj.sparse.banded(N, 1, 0)}),
    ):
        J, report = nj.jacobian(f, X, workers=engine, full_output=True, **options)
        K, alone = nj.jacobian(f, X, full_output=True, **options)
        for one, other in ((J, K), (report.error, alone.error)):
            one, other = (a.toarray() if hasattr(a, "toarray") else a for a in (one, other))
            np.testing.assert_array_equal(one, other)
        assert report.nfev.points == alone.nfev.points or "vectorized" in options


def test_all_operators_know_workers():
    f = lambda x: float(np.sum(spread.smooth(np.resize(x, N))[:3]))  # noqa: E731
    x = np.array([1.0, 2.0])
    with ThreadPoolExecutor(2) as workers:
        for operator, more in ((nj.gradient, ()), (nj.hessian, ()), (nj.jvp, ([1.0, 2.0],)), (nj.hvp, ([1.0, 2.0],))):
            alone = operator(f, x, *more, method="adaptive")
            np.testing.assert_array_equal(operator(f, x, *more, method="adaptive", workers=workers), alone)
        narrow = x.astype(np.float32)
        np.testing.assert_array_equal(
            nj.gradient(f, narrow, method="central", workers=workers), nj.gradient(f, narrow, method="central")
        )


# ------------------------------------------------------------------------------------------------------------- failures


@pytest.mark.filterwarnings(IGNORED)
def test_exceptions_surface_as_they_were_with_their_column(engine):
    with pytest.raises(TwoNumbersError, match=f"3 and {N}") as caught:
        nj.jacobian(spread.picky, X, method="central", workers=engine)
    assert (caught.value.a, caught.value.b) == (3, N)
    assert caught.value.__notes__[0] == "numjac: f was called in column 5"
    inside = engine is map or isinstance(engine, ThreadPoolExecutor)  # there it is the exception itself
    assert "in picky" in ("".join(traceback.format_tb(caught.tb)) if inside else caught.value.__notes__[1])
    with pytest.raises(
        ShapeError, match=r"f returned shape \(23,\), expected \(24,\) as at x \(f was called in column 7"
    ):
        nj.jacobian(spread.reshaped, X, method="central", workers=engine)
    J = nj.jacobian(spread.smooth, X, method="central", workers=engine)  # it can be used as before
    np.testing.assert_array_equal(J, nj.jacobian(spread.smooth, X, method="central"))


@pytest.mark.parametrize(
    "name", ["two of our own", "fork", "spawn", "forkserver", "map of an executor", "loky", "joblib"]
)
@pytest.mark.filterwarnings(IGNORED)
def test_a_worker_that_dies_is_told_with_what_was_out(name):
    with ENGINES[name]() as workers:
        J = nj.Jacobian(spread.deadly, method="central", workers=workers)
        with pytest.raises(WorkerError, match=r"lost a worker while \d+ points were out, the first of them in column"):
            J(X)
        if workers == 2:  # a pool of our own is made anew, for the same object too
            with pytest.raises(WorkerError, match="lost a worker"):
                J(X)
            J.close()


@pytest.mark.filterwarnings(IGNORED)
@pytest.mark.parametrize("f", [spread.smooth, spread.deadly, spread.picky, spread.Elsewhere(), spread.opaque])
def test_nothing_is_left_running(f):
    """When the call is over, whatever became of it; no garbage is collected for that."""
    before = set(multiprocessing.active_children())
    with contextlib.suppress(WorkerError, TwoNumbersError, ShapeError, OutputError):
        nj.jacobian(f, X, method="central", workers=2)
    assert not set(multiprocessing.active_children()) - before


@pytest.mark.filterwarnings(IGNORED)
@pytest.mark.parametrize(
    "call",
    [
        lambda f: nj.check_jacobian(f, lambda x: nj.jacobian(f, x), X, workers=2),
        lambda f: nj.propagate(f, X, np.full(X.size, 1e-8), method="central", workers=2),
        lambda f: nj.linear_operator(f, X, method="central", workers=2) @ X,
        lambda f: nj.hessian(lambda x: np.sum(f(np.pad(x, (0, N - 3)))), X[:3], method="adaptive", workers=2),
        lambda f: nj.jvp(f, X, X, method="adaptive", workers=2),
    ],
    ids=["check", "propagate", "operator", "hessian", "jvp"],
)
def test_nothing_is_left_running_by_what_calls_operators(call):
    before = set(multiprocessing.active_children())
    call(spread.smooth)
    gc.collect()
    deadline = time.monotonic() + SECONDS
    while set(multiprocessing.active_children()) - before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not set(multiprocessing.active_children()) - before


@pytest.mark.filterwarnings(IGNORED)
def test_what_workers_return_is_looked_at_as_at_home(engine):
    """A shape that only another process returns; and what is no number, and can not be pickled either."""
    f = spread.Elsewhere()
    if engine is map or isinstance(engine, ThreadPoolExecutor):
        assert nj.jacobian(f, X, method="central", workers=engine).shape == (N, N)
    else:
        with pytest.raises(ShapeError, match=r"\(23,\), expected \(24,\) as at x \(f was called in column 0"):
            nj.jacobian(f, X, method="central", workers=engine)
    with pytest.raises(OutputError, match=r"of type function, expected numbers.*in column 9"):
        nj.jacobian(spread.opaque, X, method="central", workers=engine)


def test_what_can_not_be_workers():
    for wrong in (0, True, False, "2", 1.5, -2, object(), [2], ThreadPoolExecutor):
        with pytest.raises(OptionError, match=r"workers=.*: expected a positive integer, -1 for all processors"):
            nj.Jacobian(spread.smooth, workers=wrong)
    for many in (1025, 10**30):
        with pytest.raises(OptionError, match="expected at most 1024 processes"):
            nj.Jacobian(spread.smooth, workers=many)
    closed = ThreadPoolExecutor(2)
    closed.shutdown()
    with pytest.raises(WorkerError, match="is closed"):
        nj.jacobian(spread.smooth, X, method="central", workers=closed)
    for one in (None, 1):
        assert nj.Jacobian(spread.smooth, workers=one).function.spread is None


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda results: results[:-1], "returned nothing where task 7 of 8 was expected"),
        (lambda results: results[::-1], "returned task 7 where task 0 of 8 was expected"),
        (lambda results: results + results[:1], "returned more than the 8 results"),
        (lambda results: [None] * len(results), "returned NoneType None where task 0"),
        (lambda results: [3] * len(results), "returned int 3 where task 0"),
        (lambda results: [], "returned nothing where task 0"),
        (lambda results: [*results, None], "returned more than the 8 results"),
    ],
)
def test_maps_that_lose_or_mix_up_results_are_found_out(spoil, told):
    with pytest.raises(WorkerError, match=told):
        nj.jacobian(spread.smooth, X, method="central", workers=lambda g, tasks: spoil(list(map(g, tasks))))


def test_blocks_are_a_few_for_each_worker_and_short():
    engine = nj.Jacobian(spread.smooth, workers=3).function.spread.engine
    for count, seconds, expected in ((60, 0.0, 6), (60, 0.2, 24), (4, 0.0, 4), (60, 9.0, 60), (1, 0.0, 1)):
        blocks = engine.blocks(count, seconds)
        assert len(blocks) == expected
        assert [k for block in blocks for k in range(block.start, block.stop)] == list(range(count))
        lengths = [block.stop - block.start for block in blocks]
        assert max(lengths) - min(lengths) <= 1


def test_what_is_left_is_cancelled():
    """By an executor that does nothing until it is asked, and counts."""

    class Lazy:
        _max_workers = 2

        def __init__(self):
            self.futures = []

        def submit(self, work, task):
            future = Future()
            future.result = lambda: work(task)
            self.futures.append(future)
            return future

    lazy = Lazy()
    with pytest.raises(TwoNumbersError):
        nj.jacobian(spread.picky, X, method="central", workers=lazy)
    assert len(lazy.futures) == 4
    assert all(future.cancelled() for future in lazy.futures)


@pytest.mark.filterwarnings(IGNORED)
def test_an_interrupt_ends_it_soon():
    J = nj.Jacobian(spread.slow, method="central", workers=2)
    before = set(multiprocessing.active_children())
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
    begun = time.perf_counter()
    with pytest.raises(KeyboardInterrupt):
        J(X)  # 48 evaluations of 0.1 s, in blocks of half a second
    assert time.perf_counter() - begun < 2.0
    assert not set(multiprocessing.active_children()) - before  # it does not wait for f
    assert J(X[:N]).shape == (N, N)


# --------------------------------------------------------------------------------------------- functions on their way


@pytest.mark.filterwarnings(IGNORED)
def test_auto_stays_alone_where_work_is_small(monkeypatch):
    monkeypatch.setattr("numjac.engines.engine.processors", lambda: 2)
    quick = nj.Jacobian(spread.smooth, method="central", workers="auto")
    np.testing.assert_array_equal(quick(X), nj.jacobian(spread.smooth, X, method="central"))
    np.testing.assert_array_equal(quick(X, f0=spread.smooth(X)), nj.jacobian(spread.smooth, X, method="central"))
    assert quick.function.spread.engine.pool is None
    slow = nj.Jacobian(spread.slow, method="forward", workers="auto")
    np.testing.assert_array_equal(slow(X), nj.jacobian(spread.smooth, X, method="forward"))
    assert slow.function.spread.engine.pool is not None
    monkeypatch.setattr("numjac.engines.engine.processors", lambda: 1)
    assert nj.Jacobian(spread.smooth, workers="auto").function.spread is None


@pytest.mark.filterwarnings(IGNORED)
def test_a_planned_object_keeps_its_pool():
    J = nj.Jacobian(spread.smooth, method="central", workers=2)
    J(X)
    pool = J.function.spread.engine.pool
    before = set(pool.executor._processes)
    J(X + 1)
    assert J.function.spread.engine.pool is pool
    assert set(pool.executor._processes) == before
    again = pickle.loads(pickle.dumps(J))
    assert again.function.spread.engine.pool is None
    np.testing.assert_array_equal(again(X), J(X))


@pytest.mark.filterwarnings(IGNORED)
def test_closures_need_cloudpickle(monkeypatch):
    shift = np.arange(N)
    f = lambda x: spread.smooth(x) + shift  # noqa: E731
    alone = nj.jacobian(f, X, method="central")
    if __import__("importlib.util").util.find_spec("cloudpickle"):
        np.testing.assert_array_equal(nj.jacobian(f, X, method="central", workers=2), alone)
    monkeypatch.setitem(sys.modules, "cloudpickle", None)
    with pytest.raises(OptionError, match="define it at the top of a module, or install cloudpickle"):
        nj.jacobian(f, X, method="central", workers=2)


@pytest.mark.filterwarnings(IGNORED)
def test_large_functions_travel_once():
    f = spread.Heavy()
    alone = nj.jacobian(f, X, method="central")
    with ProcessPoolExecutor(2) as workers:
        J = nj.Jacobian(f, method="central", workers=workers)
        np.testing.assert_array_equal(J(X), alone)
        told = J.function.spread.engine.parcels_of(J.function)[0].told
        assert isinstance(told, str)  # a file; small ones are bytes
        assert Path(told).stat().st_size > 2**24
        np.testing.assert_array_equal(J(X), alone)
    del J
    gc.collect()
    assert not Path(told).exists()


GROUP = """
    import multiprocessing, signal, sys, time
    import numpy as np, numjac as nj, spread
    if __name__ == "__main__":
        signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs in the background may ignore it
        multiprocessing.set_start_method(sys.argv[1])
        J = nj.Jacobian(spread.Marking(sys.argv[2]), method="central", workers=2)
        try:
            J(spread.X)
        except KeyboardInterrupt:
            print("interrupted", len(multiprocessing.active_children()), flush=True)
            assert J(spread.X).shape == (spread.N, spread.N)  # it is of use as before
"""


def alive(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("start", ["fork", "spawn", "forkserver"])
def test_an_interrupt_of_a_whole_terminal_ends_it_soon(start, tmp_path):
    """As Ctrl-C sends it: to the caller and to all workers."""
    file = tmp_path / "program.py"
    file.write_text(textwrap.dedent(GROUP))
    (tmp_path / "marks").mkdir()
    with subprocess.Popen(
        [sys.executable, str(file), start, str(tmp_path / "marks")],
        env=os.environ | {"PYTHONPATH": HERE, "PYTHONWARNINGS": "ignore"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as program:
        while len(list((tmp_path / "marks").iterdir())) < 3:  # the caller and both workers are at work
            time.sleep(0.02)
        os.killpg(program.pid, signal.SIGINT)
        begun = time.perf_counter()
        out, told = program.communicate(timeout=SECONDS)
        assert time.perf_counter() - begun < 8.0  # once more all of it takes 2.4 s
    assert (out, told, program.returncode) == ("interrupted 0\n", "", 0)
    while alive(program.pid) and time.perf_counter() - begun < 20.0:
        time.sleep(0.05)
    assert not alive(program.pid)  # nor is anything else of the whole session


class Locked:
    """What can not be pickled, and counts."""

    def __init__(self):
        self.lock, self.calls = threading.Lock(), 0

    def __call__(self, x):
        with self.lock:
            self.calls += 1
            return spread.smooth(x)


@pytest.mark.parametrize("engine", [map, lambda g, tasks: [g(task) for task in tasks], "threads"])
def test_in_one_process_f_is_taken_as_it_is(engine):
    f = Locked()
    with ThreadPoolExecutor(2) as threads:
        _, report = nj.jacobian(
            f, X, method="central", workers=threads if engine == "threads" else engine, full_output=True
        )
    assert f.calls == report.nfev.points == 2 * N + 1


@pytest.mark.filterwarnings(IGNORED)
def test_what_can_not_be_sent_is_told():
    for workers in (2, ProcessPoolExecutor(2)):
        with pytest.raises(OptionError, match="can not be sent to another process"):
            nj.jacobian(Locked(), X, method="central", workers=workers)
    alone = nj.jacobian(Locked(), X, method="central")
    slow = lambda x, f=Locked(): (time.sleep(0.01), f(x))[1]  # noqa: B008, E731
    np.testing.assert_array_equal(nj.jacobian(slow, X, method="central", workers="auto"), alone)


@pytest.mark.filterwarnings(IGNORED)
def test_arguments_travel_once_if_they_are_the_same():
    f, names = spread.Heavy(), set()
    with ProcessPoolExecutor(2) as workers:
        J = nj.Jacobian(f, method="central", workers=workers)
        for shift in (1.0, 2.0, 1.0, 2.0):
            np.testing.assert_array_equal(J(X, shift), nj.jacobian(f, X, args=(shift,), method="central"))
            names.add(J.function.spread.engine.parcels_of(J.function)[0].told)
    assert len(names) == 1


class HoldsAnArrayError(Exception):
    def __init__(self, *args):
        super().__init__("bad", np.arange(3), *args)


def unhappy(x):
    if x[5] != X[5]:
        raise HoldsAnArrayError
    return spread.smooth(x)


def leaving(x):
    if x[5] != X[5]:
        raise SystemExit(7)
    return spread.smooth(x)


def warning(x):
    if x[5] != X[5]:
        warnings.warn("far from home", UserWarning, stacklevel=1)
    return spread.smooth(x)


def test_exceptions_of_any_kind_surface(engine):
    with pytest.raises(HoldsAnArrayError) as caught:
        nj.jacobian(unhappy, X, method="central", workers=engine)
    assert caught.value.__notes__[0] == "numjac: f was called in column 5"
    with pytest.raises(SystemExit) as ended:  # which no pool survives, or waits for in vain, if it gets that far
        nj.jacobian(leaving, X, method="central", workers=engine)
    assert ended.value.code == 7


@pytest.mark.filterwarnings(IGNORED)
def test_warnings_of_f_are_heard():
    with pytest.warns(UserWarning, match="far from home"):
        nj.jacobian(warning, X, method="central", workers=2)


def product(x):
    """Its last bits depend on the threads of BLAS."""
    return np.linalg.solve(spread.MATRIX + np.diag(x), np.ones(len(x)))


@pytest.mark.filterwarnings(IGNORED)
def test_sums_of_blas_are_those_of_one_thread():
    limits = pytest.importorskip("threadpoolctl").threadpool_limits
    x = np.linspace(1.0, 2.0, len(spread.MATRIX))
    J = nj.Jacobian(product, method="forward", wrt=[0, 7], workers=2)
    with limits(1):
        alone = nj.jacobian(product, x, method="forward", wrt=[0, 7])
    np.testing.assert_array_equal(J(x), alone)
    J.close()


@pytest.mark.filterwarnings(IGNORED)
def test_one_object_is_called_from_many_threads():
    for _ in range(5):
        J = nj.Jacobian(spread.smooth, method="central", workers=2)
        with ThreadPoolExecutor(4) as threads:
            found = list(threads.map(J, [X + k for k in range(8)]))
        for k, one in enumerate(found):
            np.testing.assert_array_equal(one, nj.jacobian(spread.smooth, X + k, method="central"))
        J.close()


INNER = nj.Jacobian(spread.smooth, method="forward", workers=2)


def nested(x):
    return INNER(np.array(x, float)).sum(axis=1)


@pytest.mark.filterwarnings("ignore")
def test_a_forked_child_has_a_pool_of_its_own():
    INNER(X)
    here = nj.jacobian(nested, X[:N], method="forward", wrt=[0])
    np.testing.assert_array_equal(nj.jacobian(nested, X, method="forward", wrt=[0, 1], workers=2)[:, :1], here)
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork")) as child:
        np.testing.assert_array_equal(child.submit(INNER, X).result(SECONDS), INNER(X))
    INNER.close()


@pytest.mark.filterwarnings("ignore")
def test_a_daemonic_process_is_told_why_not():
    with multiprocessing.Pool(1) as pool:
        with pytest.raises(WorkerError, match="daemonic process"):
            pool.apply(nj.jacobian, (spread.smooth, X), {"method": "central", "workers": 2})
        found = pool.apply(nj.jacobian, (spread.slow, X), {"method": "forward", "wrt": [0, 1, 2], "workers": "auto"})
    assert found.shape == (N, 3)


def test_the_place_in_a_sparse_jacobian_is_that_of_its_colour():
    pattern = nj.sparse.banded(N, 1, 0)
    for workers in (map, None):
        with pytest.raises(TwoNumbersError) as caught:
            nj.jacobian(spread.picky_band, X, method="central", sparsity=pattern, workers=workers)
        assert "columns moved at once: 1, 3, 5, 7" in caught.value.__notes__[0]


@pytest.mark.filterwarnings(IGNORED)
def test_a_gradient_that_is_given_is_spread_too():
    with ThreadPoolExecutor(2) as workers:
        H, report = nj.hessian(np.sum, X, gradient=Locked(), method="central", workers=workers, full_output=True)
    np.testing.assert_array_equal(H, nj.hessian(np.sum, X, gradient=Locked(), method="central"))
    assert report.nfev.points >= 2 * N


class Odd:
    """An executor with a fault."""

    _max_workers = 2

    def __init__(self, at, does):
        self.at, self.does, self.futures = at, does, []

    def submit(self, work, task):
        if task.number == self.at:
            return self.does()
        self.futures.append(Future())
        return self.futures[-1]


def test_executors_with_faults_are_told_of():
    def full():
        raise MemoryError("no room")

    odd = Odd(3, full)
    with pytest.raises(MemoryError, match="no room"):
        nj.jacobian(spread.smooth, X, method="central", workers=odd)
    assert len(odd.futures) == 3
    assert all(future.cancelled() for future in odd.futures)  # those that were sent
    with pytest.raises(WorkerError, match="returned None for a task, expected a future"):
        nj.jacobian(spread.smooth, X, method="central", workers=Odd(0, lambda: None))

    def cancelled():
        future = Future()
        future.cancel()
        return future

    with pytest.raises(WorkerError, match="cancelled what was asked for, while"):
        nj.jacobian(spread.smooth, X, method="central", workers=Odd(0, cancelled))
    with pytest.raises(WorkerError, match="returned 3, expected the results of"):
        nj.jacobian(spread.smooth, X, method="central", workers=lambda work, tasks: 3)
    pool = multiprocessing.get_context("spawn").Pool(1)
    pool.terminate()
    pool.join()
    with pytest.raises(WorkerError, match="is closed"):
        nj.jacobian(spread.smooth, X, method="central", workers=pool.map)


class Unloadable:
    def __init__(self):
        self.fine = True

    def __setstate__(self, state):
        raise ArithmeticError("not here")

    def __call__(self, x):
        return spread.smooth(x)


@pytest.mark.filterwarnings(IGNORED)
def test_f_that_can_not_be_loaded_is_told():
    for workers in (2, ProcessPoolExecutor(2)):
        with pytest.raises(WorkerError, match="can not load f: ArithmeticError: not here"):
            nj.jacobian(Unloadable(), X, method="central", workers=workers)


def test_the_program_of_the_caller_is_sent_whole(tmp_path):
    """loky's workers do not know it."""
    pytest.importorskip("loky")
    pytest.importorskip("cloudpickle")
    program = """
        import loky, numpy as np, numjac as nj, spread
        class OddError(Exception):
            pass
        def f(x):
            if x[0] == 9.0:
                raise OddError("nine")
            return np.sin(np.frombuffer(x.tobytes())) + SHIFT
        SHIFT = 3.0
        if __name__ == "__main__":
            pool = loky.get_reusable_executor(2)
            J = nj.jacobian(f, spread.X, method="central", workers=pool)
            assert (J == nj.jacobian(f, spread.X, method="central")).all()
            try:
                nj.jacobian(f, spread.X, f0=f(spread.X), method="central", abs_step=8.0, workers=pool)
            except OddError as error:
                print(error, error.__notes__[0])
    """
    assert run([sys.executable], program, tmp_path) == "nine numjac: f was called in column 0\n"


@pytest.mark.skipif(not Path("/proc").exists(), reason="no /proc to look at")
def test_workers_do_not_outlive_their_caller(tmp_path):
    program = """
        import os, signal, sys, numjac as nj, spread
        if __name__ == "__main__":
            J = nj.Jacobian(spread.smooth, method="central", workers=2)
            J(spread.X)
            print(*J.function.spread.engine.pool.executor._processes, flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
    """
    done = start([sys.executable], program, tmp_path)
    assert done.returncode == -signal.SIGKILL
    end = time.monotonic() + 20
    while any(map(running, done.stdout.split())) and time.monotonic() < end:
        time.sleep(0.05)
    assert not any(map(running, done.stdout.split()))


def running(process):
    stat = Path("/proc") / process / "stat"
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


# ------------------------------------------------------------------------------------------------- clusters, each apart


def start(command, program, tmp_path):
    file = tmp_path / "program.py"
    file.write_text(textwrap.dedent(program))
    path = os.pathsep.join([HERE, os.environ.get("PYTHONPATH", "")])
    environment = os.environ | {"PYTHONPATH": path, "PYTHONWARNINGS": "ignore"}
    return subprocess.run(
        [*command, str(file)], env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
    )


def run(command, program, tmp_path):
    done = start(command, program, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


CHECK = """
    import numpy as np, numjac as nj, spread
    from spread import X, TwoNumbersError
    def check(workers):
        for f, options in ((spread.smooth, {{}}), (spread.band, dict(sparsity=nj.sparse.banded(spread.N, 1, 0)))):
            J = nj.jacobian(f, X, method="central", workers=workers, **options)
            K = nj.jacobian(f, X, method="central", **options)
            assert (J != K).sum() == 0
        try:
            nj.jacobian(spread.picky, X, method="central", workers=workers)
        except TwoNumbersError as error:
            assert "in column 5" in error.__notes__[0]
        else:
            raise AssertionError("no error")
        print("the same bits")
    if __name__ == "__main__":
        {how}
"""


def test_dask(tmp_path):
    pytest.importorskip("distributed")
    how = """
        from distributed import Client, LocalCluster
        with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
            with Client(cluster) as client:
                check(client)
                check(client.get_executor(pure=False))
    """
    assert run([sys.executable], CHECK.format(how=how.strip()), tmp_path) == "the same bits\n" * 2


def test_mpi(tmp_path):
    pytest.importorskip("mpi4py")
    mpiexec = Path(sys.executable).parent / "mpiexec"
    if not mpiexec.exists():
        pytest.skip("no mpiexec beside this Python")
    how = """
        from mpi4py.futures import MPIPoolExecutor
        with MPIPoolExecutor(2) as workers:
            check(workers)
    """
    command = [str(mpiexec), "-n", "3", sys.executable, "-m", "mpi4py.futures"]
    assert run(command, CHECK.format(how=how.strip()), tmp_path) == "the same bits\n"


DEADLY = """
    import os, sys, time
    import numpy as np, numjac as nj, spread
    from numjac.errors import WorkerError
    if __name__ == "__main__":
        {how}
        try:
            nj.jacobian(spread.deadly, spread.X, method="central", workers=workers)
        except WorkerError as error:
            assert "lost a worker while" in str(error), error
            print("told")
        {then}
"""


@pytest.mark.filterwarnings(IGNORED)
def test_dask_gives_up_on_a_function_that_kills_its_workers(tmp_path):
    """It tries four workers in turn, and makes new ones."""
    pytest.importorskip("distributed")
    how = """
        from distributed import Client, LocalCluster
        cluster = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50)
        workers = Client(cluster)
    """
    then = """
        J = nj.jacobian(spread.smooth, spread.X, method="central", workers=workers)
        assert (J == nj.jacobian(spread.smooth, spread.X, method="central")).all()
        workers.close(); cluster.close()
    """
    assert run([sys.executable], DEADLY.format(how=how.strip(), then=then.strip()), tmp_path) == "told\n"


def test_dask_repeats_what_was_lost_with_a_worker(tmp_path):
    """One that dies by itself: the result is that of all others."""
    pytest.importorskip("distributed")
    how = """
        from distributed import Client, LocalCluster
        cluster = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50)
        workers = Client(cluster)
        f = spread.DeadlyOnce(sys.argv[0] + ".died")
        J, report = nj.jacobian(f, spread.X, method="central", workers=workers, full_output=True)
        assert f.file.exists() and (J == nj.jacobian(spread.smooth, spread.X, method="central")).all()
        assert report.nfev.points == 2 * spread.N + 1, report.nfev  # results count, not attempts
    """
    then = "workers.close(); cluster.close()"
    assert run([sys.executable], DEADLY.format(how=how.strip(), then=then), tmp_path) == "told\n"


def test_large_functions_go_through_the_network_of_dask(tmp_path):
    pytest.importorskip("distributed")
    how = """
        from distributed import Client, LocalCluster
        with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
            with Client(cluster) as workers:
                f = spread.Heavy()
                J = nj.Jacobian(f, method="central", workers=workers)
                for _ in range(2):
                    assert (J(spread.X) == nj.jacobian(f, spread.X, method="central")).all()
                parcel, _ = J.function.spread.engine.parcels_of(J.function)
                assert type(parcel.told).__name__ == "Future"
                print("the same bits")
    """
    program = "import numjac as nj, spread\nif __name__ == '__main__':\n" + textwrap.indent(
        textwrap.dedent(how), "    "
    )
    assert run([sys.executable], program, tmp_path) == "the same bits\n"


def test_mpi_ends_the_whole_job_when_a_rank_dies(tmp_path):
    """There is nothing to be caught: all that can be asked for is that nothing hangs."""
    mpiexec = Path(sys.executable).parent / "mpiexec"
    pytest.importorskip("mpi4py")
    if not mpiexec.exists():
        pytest.skip("no mpiexec beside this Python")
    how = """
        from mpi4py.futures import MPIPoolExecutor
        workers = MPIPoolExecutor(2)
    """
    command = [str(mpiexec), "-n", "3", sys.executable, "-m", "mpi4py.futures"]
    done = start(command, DEADLY.format(how=how.strip(), then=""), tmp_path)
    assert done.returncode != 0
    assert "told" not in done.stdout
