/* SPDX-License-Identifier: BSD-3-Clause
 * planner.h - shared by the planner and the trials; no part of the interface. */
#ifndef NUMJAC_PLANNER_H
#define NUMJAC_PLANNER_H

#include "extrapolate.h"

/* So many outputs are asked at most, so that planning does not cost more for more of them. */
enum { NUMJAC_VOICES = 8 };

/* The step, at most `most`, that promises the least error to some models of outputs, 1 <= count <= NUMJAC_VOICES; 0 if
 * there is none. `capped`: `most` is where f ceases to be finite or known, so it may be far beyond the largest level.
 * `left` levels may still come. *gain is by how many powers of 2 the mean error is to shrink. */
double numjac_plan(const geometry *table, double most, int capped, int left, size_t count, const model *known,
                   double *gain);

#endif
