"""
Functions that mean no good to a tracer, each with its exact Jacobian, or None where there is no derivative to be had.

Each is made anew by its factory, for many have state.
"""

import copy
import io
import json
import math
import operator
import pickle
import struct
import threading
from collections import OrderedDict, deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache, partial, reduce
from numbers import Real

import numpy as np

X = np.array([0.7, -1.3, 2.1])
I3 = np.eye(3)


@dataclass(frozen=True)
class Row:
    name: str
    make: object
    exact: object  # a function of x, or None
    x: object = field(default_factory=lambda: X.copy())

    def __str__(self):
        return self.name


ROWS = []


def adversary(exact, x=X):
    """A row: the factory is decorated, its docstring says what is attacked."""

    def add(make):
        ROWS.append(Row(make.__name__, make, exact, np.array(x, float)))
        return make

    return add


def always(f):
    """A factory of a function without state."""
    return lambda: f


def sinc_slope(x):
    t = np.pi * x
    return -np.pi * t / 3 * (1 - t**2 / 10 * (1 - t**2 / 28)) if abs(t) < 0.3 else (np.cos(t) - np.sin(t) / t) / x


def squares(x):
    return np.diag(2 * x)


# -------------------------------------------------------------------------------------- swallowed exceptions


def swallowing(attempt):
    def f(x):
        try:
            return np.array([attempt(x) ** 2, x[1]])
        except Exception:
            return np.array([0.0 * x[0], x[1]])

    return f


FIRST_SQUARED = lambda x: np.array([[2 * x[0], 0, 0], [0, 1, 0]])  # noqa: E731
for title, attempt in {
    "float": lambda x: float(x[0]),
    "math": lambda x: math.exp(math.log(abs(x[0]))),
    "complex": lambda x: complex(x[0]).real,
    "index of a table": lambda x: x[0] if list(range(3))[int(x[2]) - 1] == 1 else 0,
    "struct": lambda x: struct.unpack("d", struct.pack("d", x[0]))[0],
    "hash": lambda x: {x[0]: x[0]}[x[0]],
    "format": lambda x: float(f"{x[0]:.17g}"),
    "text": lambda x: float(str(x[0])),
    "representation": lambda x: float(repr(float(x[0]))),
    "json": lambda x: json.loads(json.dumps([float(x[0])]))[0],
    "pickle of a number": lambda x: pickle.loads(pickle.dumps(x[0])),
    "pickle of the array": lambda x: pickle.loads(pickle.dumps(x))[0],
    "bytes": lambda x: np.frombuffer(x.tobytes())[0],
    "memory": lambda x: memoryview(x)[0],
    "a file": lambda x: roundtrip_file(x)[0],
    "round": lambda x: round(x[0], 12),
    "asarray": lambda x: np.asarray(x, dtype=float)[0],
    "ascontiguousarray": lambda x: np.ascontiguousarray(x)[0],
    "an array of integers": lambda x: np.array(x * 1e6, dtype=int)[0] / 1e6 if False else x.astype(float)[0],
    "item": lambda x: x.item(0),
    "tolist": lambda x: x.tolist()[0],
    "ctypes": lambda x: x.ctypes.data_as(__import__("ctypes").POINTER(__import__("ctypes").c_double))[0],
    "interface": lambda x: np.array(x.__array_interface__["shape"])[0] / 3 * x[0],
    "view": lambda x: x.view(np.uint64).view(float)[0],
    "flat": lambda x: x.flat[0],
    "getattr": lambda x: x.nobody_has_this if hasattr(x, "nobody_has_this") else x[0],
}.items():
    ROWS.append(Row(f"swallowed: {title}", always(swallowing(attempt)), FIRST_SQUARED))


def roundtrip_file(x):
    file = io.BytesIO()
    np.save(file, x)
    file.seek(0)
    return np.load(file)


# -------------------------------------------------------------------------------------------- buffers, aliasing


@adversary(squares)
def the_same_buffer_each_time():
    out = np.empty(3)

    def f(x):
        out[:] = [v * v for v in x]
        return out

    return f


@adversary(lambda x: I3)
def x_itself():
    return lambda x: x


@adversary(lambda x: I3[::-1])
def a_view_of_x():
    return lambda x: x[::-1]


@adversary(lambda x: np.diag([2.0, 2, 2]))
def writes_into_x():
    def f(x):
        x *= 2
        return x

    return f


@adversary(squares)
def work_array_as_a_constant_overwritten_later():
    work = np.empty(3)

    def f(x):
        work[:] = 1.0
        y = x * x * work
        work[:] = 99.0
        return y

    return f


@adversary(lambda x: np.diag(np.full(3, 3.0)))
def large_constant_overwritten_later():
    big = np.full((3, 30000), 3.0)

    def f(x):
        big[:] = 3.0
        y = (x[:, None] * big).mean(axis=1)
        big[:] = -7.0
        return y

    return f


@adversary(lambda x: np.array([[2 * x[0], 0, 0], [2 * x[0], 1, 0], [0, 0, 1]]))
def views_of_views():
    def f(x):
        y = x + 0
        a = y[:2]
        a[:1][0] = x[0] ** 2
        b = y.reshape(1, 3).T.ravel()
        y[1] += b[0]
        return y

    return f


@adversary(lambda x: np.diag([3.0, 3, 3]))
def transposes_written_in_place():
    def f(x):
        M = np.stack([x, x])
        M.T[...] *= 3
        return M[1]

    return f


@adversary(lambda x: I3[[1, 0, 2]])
def sorted_in_place():
    def f(x):
        y = x.copy()
        y.sort()
        return y

    return f


@adversary(lambda x: np.diag(np.cos(x)))
def out_arguments():
    def f(x):
        y = np.zeros(3)
        np.sin(x, out=y)
        return y

    return f


@adversary(lambda x: I3 + 1)
def added_into_a_plain_array():
    def f(x):
        y = np.zeros(3)
        y += x
        y += x.sum()
        return y

    return f


@adversary(lambda x: np.diag([1, 0, 1]))
def masked_assignment():
    def f(x):
        y = x * 1.0
        y[x < 0] = 5.0
        return y

    return f


@adversary(lambda x: np.diag([2 * x[0], 1, 2 * x[2]]))
def fancy_assignment_twice_to_one_place():
    def f(x):
        y = x * 1.0
        y[[0, 2, 0]] = [x[1], x[2] ** 2, x[0] ** 2]
        return y

    return f


@adversary(lambda x: np.array([[1, 1, 1.0]]))
def counted_with_add_at():
    def f(x):
        y = np.zeros(1)
        np.add.at(y, [0, 0, 0], x)
        return y

    return f


@adversary(lambda x: np.diag(2 * x))
def iterators_of_numpy():
    def f(x):
        return np.array([v * v for v in np.nditer(x)])

    return f


@adversary(lambda x: np.diag(2 * x))
def enumerated():
    def f(x):
        y = np.empty(3)
        for (k,), v in np.ndenumerate(x):
            y[k] = v * v
        return y

    return f


# ------------------------------------------------------------------------------------------- caches and state


@adversary(squares)
def a_cache_by_bytes():
    cache = {}

    def f(x):
        key = np.array(x, float).tobytes()
        if key not in cache:
            cache[key] = x * x
        return cache[key]

    return f


@adversary(squares)
def a_cache_by_tuple():
    cached = lru_cache(lambda *v: np.array(v) ** 2)
    return lambda x: cached(*map(float, x))


@adversary(squares)
def a_cache_by_numbers():
    cache = {}

    def f(x):
        key = tuple(x)
        if key not in cache:
            cache[key] = np.array([v * v for v in x])
        return cache[key]

    return f


@adversary(squares)
def the_last_x():
    last = {"x": None, "y": None}

    def f(x):
        if last["x"] is None or not np.array_equal(last["x"], x):
            last["x"], last["y"] = np.copy(x), x * x
        return last["y"]

    return f


@adversary(squares)
def a_cache_by_identity():
    seen = {}

    def f(x):
        seen[id(x)] = x
        return x * seen[id(x)]

    return f


@adversary(squares)
def remembers_the_first_x():
    first = []

    def f(x):
        first.append(np.array(x, float))
        return x * x + 0.0 * first[0]

    return f


@adversary(lambda x: np.diag(2 * x))
def keeps_what_it_got():
    kept = deque(maxlen=2)

    def f(x):
        kept.append(x)
        return x * kept[-1]

    return f


@adversary(lambda x: np.diag(2 * x))
def uses_what_it_kept_from_the_call_before():
    kept = []

    def f(x):
        y = x * x + (kept[-1] - kept[-1] if kept else 0)
        kept.append(y)
        return y

    return f


@adversary(squares)
def an_attribute_of_the_function():
    def f(x):
        f.calls = getattr(f, "calls", 0) + 1
        return x * x

    return f


@adversary(None)
def every_second_call_is_another():
    calls = [0]

    def f(x):
        calls[0] += 1
        return x * x if calls[0] % 2 else x**3

    return f


@adversary(None)
def random():
    generator = np.random.default_rng(1)
    return lambda x: x * generator.normal(size=3)


@adversary(squares)
def a_table_made_in_the_first_call():
    table = {}

    def f(x):
        if not table:
            table["scale"] = np.ones(3)
        return x * x * table["scale"]

    return f


@adversary(squares)
def a_global_that_is_written():
    def f(x):
        global COUNT
        COUNT = globals().get("COUNT", 0) + 1
        return x * x

    return f


@adversary(squares)
def a_nonlocal_that_is_written():
    count = 0

    def f(x):
        nonlocal count
        count += 1
        return x * x

    return f


# ------------------------------------------------------------------------------------- ties, kinks, branches


@adversary(None, [1.0, 1.0])
def the_larger_of_equals():
    return lambda x: np.maximum(x, x[::-1])


@adversary(None, [0.0, 1.0])
def modulus_at_zero():
    return np.abs


@adversary(None, [1.0, 1.0, 2.0])
def sorted_equals():
    return np.sort


@adversary(None, [1.0, 2.0])
def the_border_of_a_clip():
    return lambda x: np.clip(x, 1.0, 3.0)


@adversary(None, [1.0, 3.0])
def a_branch_at_its_border():
    return lambda x: x if x[0] <= 1.0 else x**2


@adversary(None, [0.0])
def python_max_at_zero():
    return lambda x: np.array([max(x[0], 0.0)])


@adversary(lambda x: np.diag(np.where(x > 0, 0.5 / np.sqrt(np.abs(x)), 0)))
def where_with_a_branch_of_nan():
    def f(x):
        with np.errstate(invalid="ignore"):
            return np.where(x > 0, np.sqrt(x), 0.0)

    return f


@adversary(
    lambda x: np.diag(np.where(x == 0, 0, (x * np.cos(x) - np.sin(x)) / np.where(x == 0, 1, x) ** 2)), [0.5, 2.0]
)
def a_removable_singularity():
    def f(x):
        safe = np.where(x == 0, 1.0, x)
        return np.where(x == 0, 1.0, np.sin(safe) / safe)

    return f


@adversary(lambda x: np.array([[sinc_slope(x[0])]]), [0.0])
def sinc_at_zero():
    return np.sinc


@adversary(lambda x: np.array([[0.5 / np.sqrt(x[0])]]), [2.0])
def bisection():
    def f(x):
        low, high = 0.0, 10.0
        for _ in range(200):
            middle = (low + high) / 2
            low, high = (middle, high) if middle * middle < x[0] else (low, middle)
        return np.array([low])

    return f


@adversary(lambda x: np.array([[0.5 / np.sqrt(x[0])]]), [2.0])
def newton_on_floats():
    def f(x):
        y = 1.0
        while abs(y * y - x[0]) > 1e-13:
            y = 0.5 * (y + x[0] / y)
        return np.array([y])

    return f


@adversary(squares)
def isinstance_of_an_array():
    return lambda x: x * x if isinstance(x, np.ndarray) else x * 0.0


@adversary(squares)
def isinstance_of_a_float():
    return lambda x: np.array([v * v if isinstance(v, float) else 0.0 * v for v in x])


@adversary(squares)
def isinstance_of_a_real():
    return lambda x: np.array([v * v if isinstance(v, Real) else 0.0 * v for v in x])


@adversary(squares)
def exactly_an_array():
    return lambda x: x * x if type(x) is np.ndarray else x.copy()


@adversary(squares)
def duck_typing():
    return lambda x: x * x if hasattr(x, "dtype") and x.dtype == float and x.flags.c_contiguous else x * 0.0


@adversary(lambda x: np.diag(2 * x), [1.0, 2.0, 2.5])
def close_to_one_is_linear():
    return lambda x: x * x if not np.allclose(x, 100.0) else x


@adversary(None, [0.5, 1.5])
def membership():
    return lambda x: x if x[0] in (0.5, 2.0) else x**2


@adversary(lambda x: 2 * np.ones((1, 3)))
def integers_of_no_consequence():
    return lambda x: np.array([x.sum() * int(2.7)])


@adversary(lambda x: np.zeros((3, 3)), [0.3, 1.4, 2.6])
def steps():
    return lambda x: np.floor(x)


# ----------------------------------------------------------------------------------------- kinds of numbers


@adversary(squares)
def single_precision_inside():
    return lambda x: (np.asarray(x, np.float32) ** 2).astype(float)


@adversary(squares)
def single_precision_astype():
    return lambda x: x.astype("f4").astype("f8") ** 2


@adversary(squares)
def complex_and_back():
    return lambda x: ((x + 1j * x) * (x - 1j * x)).real / 2


@adversary(lambda x: np.diag(np.sign(x) * np.sqrt(2)))
def modulus_of_complex():
    return lambda x: np.abs(x + 1j * x)


@adversary(lambda x: np.diag(2 * x))
def conjugates():
    return lambda x: np.real(np.conj(x * (1 + 2j)) * x * (1 + 2j)) / 5


@adversary(lambda x: np.diag(2 * x))
def powers_of_integers():
    return lambda x: np.power(x, np.array([2, 2, 2]))


@adversary(lambda x: np.zeros((1, 3)))
def a_constant_result():
    return lambda x: np.array([3.0])


@adversary(lambda x: np.diag(2 * x))
def an_object_array():
    return lambda x: (np.array(x, dtype=object) ** 2).astype(float)


@adversary(lambda x: np.diag(2 * x))
def a_masked_array():
    return lambda x: np.ma.array(x) ** 2


@adversary(lambda x: np.diag(2 * x))
def a_list_of_numbers():
    return lambda x: [v**2 for v in x]


@adversary(lambda x: np.diag(2 * x))
def a_dictionary_of_numbers():
    return lambda x: list(OrderedDict((k, x[k] ** 2) for k in range(3)).values())


@adversary(lambda x: np.diag(2 * x))
def a_structured_array():
    def f(x):
        record = np.zeros(1, dtype=[("a", float, 3)])
        record["a"][0] = x
        return record["a"][0] ** 2

    return f


# ---------------------------------------------------------------------------------------- ways of computing


@adversary(squares)
def threads():
    def f(x):
        with ThreadPoolExecutor(3) as pool:
            return np.array(list(pool.map(lambda v: v * v, x)))

    return f


@adversary(squares)
def a_thread_that_writes():
    def f(x):
        y = [None] * 3

        def work(k):
            y[k] = x[k] ** 2

        workers = [threading.Thread(target=work, args=(k,)) for k in range(3)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        return np.array(y)

    return f


@adversary(squares)
def generators():
    return lambda x: np.fromiter((v * v for v in x), float)


@adversary(lambda x: np.array([[x[1] * x[2], x[0] * x[2], x[0] * x[1]]]))
def recursion_and_reduce():
    return lambda x: np.array([reduce(operator.mul, x)])


@adversary(squares)
def evaluated_text():
    return lambda x: eval("x * x", {"x": x})


@adversary(squares)
def executed_text():
    def f(x):
        names = {"x": x}
        exec("y = x * x", names)
        return names["y"]

    return f


@adversary(squares)
def vectorized_by_numpy():
    return lambda x: np.vectorize(lambda v: v * v)(x)


@adversary(squares)
def frompyfunc():
    return lambda x: np.frompyfunc(lambda v: v * v, 1, 1)(x).astype(float)


@adversary(squares)
def copies():
    return lambda x: copy.deepcopy(x) * copy.copy(x)


@adversary(squares)
def a_class_with_an_array():
    class Holder:
        def __init__(self, values):
            self.values = values

        def __array__(self, dtype=None, copy=None):
            return np.asarray(self.values, dtype)

    return lambda x: np.multiply(Holder(x), Holder(x))


@adversary(squares)
def partial_and_bound():
    class Model:
        def __init__(self, power):
            self.power = power

        def run(self, x, factor):
            self.seen = self.power
            return factor * x**self.power

    return partial(Model(2).run, factor=1.0)


@adversary(lambda x: np.array([[np.cos(x[0]), 0, 0]]))
def a_local_import():
    def f(x):
        from math import sin

        return np.array([sin(x[0])])

    return f


@adversary(lambda x: 2 * (x - x.mean())[np.newaxis] / 3)
def statistics_of_the_standard_library():
    import statistics

    return lambda x: np.array([statistics.pvariance(list(x))])


@adversary(lambda x: np.array([[1.0, 1, 1]]))
def a_precise_sum():
    return lambda x: np.array([math.fsum(x)])


@adversary(lambda x: np.diag(2 * x))
def nested_derivative():
    import numjac as nj

    return lambda x: nj.gradient(lambda y: np.sum(y**3) / 3 + 0 * y[0], x, method="analytic") if False else x * x


@adversary(None)
def the_shape_depends_on_x():
    return lambda x: x[: 1 + int(abs(x[2]) > 2.1)]


@adversary(lambda x: np.tril(np.ones((3, 3))))
def accumulated_in_python():
    def f(x):
        total, y = 0.0, []
        for v in x:
            total += v
            y.append(total)
        return np.array(y)

    return f
