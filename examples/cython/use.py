# SPDX-License-Identifier: BSD-3-Clause
"""
The Jacobian of the oscillator, on all cores.

::

    cython oscillator.pyx
    cc -shared -fPIC -O2 $(python3-config --includes) -I$(python -c 'import numjac; print(numjac.get_include())') \
        oscillator.c -o oscillator.so
    python use.py
"""

import oscillator

import numjac as nj

f = nj.compiled(oscillator.__pyx_capi__["oscillator"], m=2)
J = nj.jacobian(f, [2.0, 1.0])
print(J.round(9))
assert abs(J - [[0, 1], [-15, 0]]).max() < 1e-9
