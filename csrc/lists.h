/* SPDX-License-Identifier: BSD-3-Clause
 * lists.h - what the kernels on patterns share; no part of the interface. */
#ifndef NUMJAC_LISTS_H
#define NUMJAC_LISTS_H

#include "numjac.h"

#include <stdint.h>
#include <string.h>

/* Rows and columns are fewer than this, so that they and -1 fit in an int32_t. */
#define NUMJAC_MOST ((size_t)INT32_MAX)

/* Memory that is soon read, told ahead where the compiler knows how. Colouring in some order is jumping about, and the
 * order says where to: this makes it a third faster once the lists do not fit into the cache. */
#if defined(__GNUC__)
#define NUMJAC_SOON(address) __builtin_prefetch(address)
#else
#define NUMJAC_SOON(address) ((void)0)
#endif

/* How many lists ahead their start is told, then their entries, then what these lead to. */
enum { NUMJAC_FAR = 24, NUMJAC_NEAR = 12, NUMJAC_NEXT = 6 };

/* Tells what list order[k] will be read, some steps before. */
static inline void numjac_ahead(const numjac_lists *lists, const int32_t *order, size_t k, size_t count) {
    if (k + NUMJAC_FAR < count)
        NUMJAC_SOON(lists->start + order[k + NUMJAC_FAR]);
    if (k + NUMJAC_NEAR < count)
        NUMJAC_SOON(lists->index + lists->start[order[k + NUMJAC_NEAR]]);
}

/* How many entries a list has. */
static inline size_t numjac_length(const numjac_lists *lists, size_t k) {
    return (size_t)(lists->start[k + 1] - lists->start[k]);
}

/* lists.c: whether order names each of 0, ..., count - 1 once. Overwrites seen[count]. */
int numjac_check_order(size_t count, const int32_t *order, int32_t *seen);

/* *size = a + b, in units of uint64_t; neither is above 2^62. */
static inline int numjac_sum(uint64_t a, uint64_t b, size_t *size) {
    if (a + b > SIZE_MAX / sizeof(uint64_t))
        return NUMJAC_TOO_LARGE;
    *size = (size_t)(a + b);
    return NUMJAC_OK;
}

#endif
