"""Functions that can not be traced, so that what comes after the trace is tried."""

import numpy as np


class Opaque:
    """f behind a door that only plain numbers pass: it asks for the bytes of x, which a tracer does not give."""

    def __init__(self, f):
        self.f = f

    def __call__(self, x, *args, **kwargs):
        assert np.size(x) == 0 or x.tobytes()
        return self.f(x, *args, **kwargs)


def opaque(f):
    return Opaque(f)
