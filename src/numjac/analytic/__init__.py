# SPDX-License-Identifier: BSD-3-Clause
"""How to know a derivative: identities, whose local Jacobians are structured matrices. It knows no step."""
