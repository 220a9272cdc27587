# SPDX-License-Identifier: BSD-3-Clause
"""Evaluations of an expensive Python function, spread over engines that exist: pools, executors, maps, clusters."""
