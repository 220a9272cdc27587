/* SPDX-License-Identifier: BSD-3-Clause
 * internal.h - what the kernels share among themselves; no part of the interface. */
#ifndef NUMJAC_INTERNAL_H
#define NUMJAC_INTERNAL_H

#include "numjac.h"

/* list[c], or c where there is no list. A negative index becomes a huge one, which every check refuses. */
static inline size_t numjac_index(const ptrdiff_t *list, size_t c) { return list ? (size_t)list[c] : c; }

/* Is the lower node of this quotient the point itself? */
static inline int numjac_at_point(const numjac_quotient *quotient) { return quotient->lower == 0.0; }

/* columns.c: column = (or += unless first) weight * (upper - lower) / width. */
void numjac_accumulate(size_t m, double weight, double width, const double *upper, const double *lower, int first,
                       double *column);

/* columns.c: what is not finite becomes NaN, for an infinite quotient is no slope. Returns how many there were. */
size_t numjac_settle(size_t m, double *column);

#endif
