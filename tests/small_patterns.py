"""Small patterns drawn by hypothesis."""

import numpy as np
from hypothesis import strategies as st


@st.composite
def patterns(draw, symmetric=False):
    """A small pattern by columns and by rows, its lists in any order."""
    n = draw(st.integers(0, 9))
    m = n if symmetric else draw(st.integers(0, 9))
    density = draw(st.sampled_from([0.1, 0.3, 0.6, 1.0]))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    P = random.random((m, n)) < density
    if symmetric:
        P |= P.T
    columns = [random.permutation(np.flatnonzero(P[:, j])).tolist() for j in range(n)]
    rows = [random.permutation(np.flatnonzero(P[i])).tolist() for i in range(m)]
    order = random.permutation(n).astype(np.int32)
    return columns, rows, order
