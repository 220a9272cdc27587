# SPDX-License-Identifier: BSD-3-Clause
"""
How to difference: the wing that knows no identity, only how to call f.

From the ground up: `stencils` (a method is data), `steps` (where to sample), `functions` (any callable as one
evaluator), `differences` (samples to columns), `directions` (derivatives along a line, and what they prove).
"""
