# SPDX-License-Identifier: BSD-3-Clause
"""
How to difference: the wing that knows no identity, only how to call f.

From the ground up: `stencils` (a method is data), `points` (what x is), `functions` (any callable as one evaluator),
`bounds` and `steps` (where to sample), `differences` (samples to columns), `lines` (derivatives along a direction),
`proof` (what those prove). Beside them the high derivatives: `series` (what coefficients say), `contours` (samples in
the complex plane), `chebyshev` (real samples), `around` and `higher` (f on either).
"""
