# SPDX-License-Identifier: BSD-3-Clause
"""Compiled functions: where they come from, how they are called, and on how many threads."""
