/* SPDX-License-Identifier: BSD-3-Clause
 * gather.c - entries taken from rows, and put back; sums of selections as a sparse matrix. */
#include "numjac.h"

#include <stdint.h>
#include <string.h>

/* Whether all indices are -1 or lie in [0, size), and k rows of both lengths can be addressed. */
static int check(size_t k, size_t size, size_t count, const ptrdiff_t *index) {
    size_t most = size > count ? size : count;
    if (k && most > SIZE_MAX / sizeof(double) / k)
        return NUMJAC_TOO_LARGE;
    for (size_t i = 0; i < count; i++)
        if (index[i] < -1 || (index[i] >= 0 && (size_t)index[i] >= size))
            return NUMJAC_NO_ENTRY;
    return NUMJAC_OK;
}

int numjac_gather(size_t k, size_t size, const double *T, size_t count, const ptrdiff_t *index, double *to) {
    int status = check(k, size, count, index);
    if (status)
        return status;
    for (size_t row = 0; row < k; row++)
        for (size_t i = 0; i < count; i++)
            to[row * count + i] = index[i] < 0 ? 0 : T[row * size + (size_t)index[i]];
    return NUMJAC_OK;
}

int numjac_scatter(size_t k, size_t count, const ptrdiff_t *index, const double *U, size_t size, double *to) {
    int status = check(k, size, count, index);
    if (status)
        return status;
    for (size_t row = 0; row < k; row++)
        for (size_t i = 0; i < count; i++)
            if (index[i] >= 0)
                to[row * size + (size_t)index[i]] += U[row * count + i];
    return NUMJAC_OK;
}

/* One row: its entries in the order of columns, those of one column added up. Insertion sort: there are few. */
static size_t row_of(size_t legs, const numjac_leg *leg, size_t i, ptrdiff_t *column, double *value) {
    size_t found = 0;
    for (size_t l = 0; l < legs; l++) {
        ptrdiff_t c = leg[l].index[i];
        double v = leg[l].weight ? leg[l].weight[i] : leg[l].scale;
        if (c < 0)
            continue;
        size_t at = found;
        while (at && column[at - 1] > c)
            at--;
        if (at && column[at - 1] == c) {
            value[at - 1] += v;
            continue;
        }
        memmove(column + at + 1, column + at, (found - at) * sizeof *column);
        memmove(value + at + 1, value + at, (found - at) * sizeof *value);
        column[at] = c, value[at] = v;
        found++;
    }
    return found;
}

int numjac_legs(size_t rows, size_t columns, size_t legs, const numjac_leg *leg, ptrdiff_t *start, ptrdiff_t *column,
                double *value) {
    if (legs && rows > SIZE_MAX / sizeof(double) / legs)
        return NUMJAC_TOO_LARGE;
    for (size_t l = 0; l < legs; l++) {
        int status = check(1, columns, rows, leg[l].index);
        if (status)
            return status;
    }
    size_t at = 0;
    for (size_t i = 0; i < rows; i++) {
        start[i] = (ptrdiff_t)at;
        at += row_of(legs, leg, i, column + at, value + at);
    }
    start[rows] = (ptrdiff_t)at;
    return NUMJAC_OK;
}
