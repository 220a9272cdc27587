"""Second derivatives among the example functions of numdifftools, and functions like those in its documentation."""

import numpy as np
from numdifftools import example_functions
from numdifftools.core import dea3

from corpus import Shelf

piece = Shelf(__name__)

for name in example_functions.function_names:
    second = example_functions.get_function(name, 2)[1]
    if second is not None:
        piece.add(f"second_derivative_of_{name}", second, [0.3, 0.7], "numdifftools.example_functions")


@piece([0.9, 1.4, 2.2, 0.6], "numdifftools.dea3; Wynn 1956")
def epsilon_algorithm(x):
    return dea3(x[:2], x[1:3], x[2:])[0]


@piece([0.3, -0.2], "numdifftools, documentation of Gradient")
def rosenbrock(x):
    return (1 - x[0]) ** 2 + 105.0 * (x[1] - x[0] ** 2) ** 2


@piece([1.1, 1.8, 0.7], "numdifftools, documentation of Jacobian: exponential fit")
def exponential_fit(c):
    xdata = np.reshape(np.arange(0, 1, 0.1), (-1, 1))
    ydata = 1 + 2 * np.exp(0.75 * xdata)
    return np.ravel((c[0] + c[1] * np.exp(c[2] * xdata) - ydata) ** 2)
