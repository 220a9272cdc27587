# SPDX-License-Identifier: BSD-3-Clause
"""
The second attempt: a copy of f whose globals know tracers.

`creation` is NumPy as that copy sees it, `numbers` is `math` and the built-in functions of numbers, `copies` makes the
copy. Nothing is changed for anybody else: the copy has globals of its own, which look into those of f at each access.
"""
