import numpy as np
import pytest
from hypothesis import settings

# The same examples in every run, and no verdict on the speed of the machine.
settings.register_profile("numjac", deadline=None, derandomize=True)
settings.load_profile("numjac")


class Counter:
    """A function that counts its calls and remembers where it was called."""

    def __init__(self, f):
        self.f = f
        self.calls = 0
        self.points = []

    def __call__(self, x, *args, **kwargs):
        self.calls += 1
        # A tracer is asked for its numbers afterwards, when it is a plain array.
        self.points.append(np.array(x) if isinstance(x, (np.ndarray, np.generic)) else x)
        return self.f(x, *args, **kwargs)


@pytest.fixture
def counted():
    return Counter
