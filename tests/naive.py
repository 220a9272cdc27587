"""The callback adaptor that everybody writes first. It is wrong in every way that the tests of ours look for."""

import numpy as np


def jacobian(f, x, h=1e-6):
    """Forward differences with one work array, results kept by reference, and no questions asked."""
    x = np.asarray(x)
    point = x
    f0 = f(point)
    columns = []
    for j in range(point.size):
        kept = point.flat[j]
        point.flat[j] = kept + h
        columns.append(f(point))
        point.flat[j] = kept
    return np.array([(np.asarray(column) - f0) / h for column in columns]).T
