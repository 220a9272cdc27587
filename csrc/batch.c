/* SPDX-License-Identifier: BSD-3-Clause
 * batch.c - the columns of a function that takes many points in one call. */
#include "internal.h"

#include <stdint.h>

/* Pieces of columns are combined side by side: eight samples in a row of Y are one cache line, and that many rows of
 * it stay in the first-level cache until the last of the eight columns has used them. */
enum { TILE = 8, ROWS = 64 };

size_t numjac_samples(size_t quotients, const numjac_quotient *stencil) {
    size_t samples = 0;
    for (size_t q = 0; q < quotients; q++)
        samples += numjac_at_point(stencil + q) ? 1 : 2;
    return samples;
}

/* Do `lines` lines of `points` doubles fit into memory? */
static int too_large(size_t lines, size_t points) { return lines && points > SIZE_MAX / sizeof(double) / lines; }

int numjac_fill(size_t n, const double *x, const numjac_table *table, size_t first, size_t last, double *X) {
    size_t points = (last - first) * numjac_samples(table->quotients, table->stencil);
    if (too_large(n, points))
        return NUMJAC_TOO_LARGE;
    for (size_t i = 0; i < n; i++)
        for (size_t p = 0; p < points; p++)
            X[i * points + p] = x[i];
    for (size_t c = first, p = 0; c < last; c++) {
        size_t j = numjac_index(table->entry, c);
        if (j >= n)
            return NUMJAC_NO_ENTRY;
        for (size_t q = 0; q < table->quotients; q++) {
            X[j * points + p++] = table->nodes[c * table->quotients + q].upper;
            if (!numjac_at_point(table->stencil + q))
                X[j * points + p++] = table->nodes[c * table->quotients + q].lower;
        }
    }
    return NUMJAC_OK;
}

/* The samples of one point in `rows` rows of Y, one behind the other. */
static void gather(size_t rows, const double *Y, size_t points, double *samples) {
    for (size_t i = 0; i < rows; i++)
        samples[i] = Y[i * points];
}

/* A piece of a column: the same sum, by the same function, as in columns.c. */
static size_t piece(const numjac_table *table, size_t c, size_t rows, const double *value, const double *Y,
                    size_t points, double *column) {
    double upper[ROWS], lower[ROWS];
    int finite = 1;
    for (size_t q = 0; q < table->quotients; q++) {
        const numjac_quotient *quotient = table->stencil + q;
        const numjac_pair *node = table->nodes + c * table->quotients + q;
        int at_point = numjac_at_point(quotient);
        gather(rows, Y++, points, upper);
        if (!at_point)
            gather(rows, Y++, points, lower);
        finite = numjac_accumulate(rows, quotient->weight, node->upper - node->lower, upper, at_point ? value : lower,
                                   q == 0, column);
    }
    return finite ? 0 : numjac_settle(rows, column);
}

int numjac_combine(size_t m, const double *value, const numjac_table *table, size_t first, size_t last, const double *Y,
                   size_t width, double *J, size_t *nonfinite) {
    size_t samples = numjac_samples(table->quotients, table->stencil), points = (last - first) * samples;
    if (too_large(m, points) || too_large(m, width))
        return NUMJAC_TOO_LARGE;
    for (size_t c = first; c < last; c++)
        if (numjac_index(table->slot, c) >= width)
            return NUMJAC_NO_ENTRY;
    for (size_t tile = first; tile < last; tile += TILE)
        for (size_t i = 0; i < m; i += ROWS) {
            size_t rows = m - i < ROWS ? m - i : ROWS;
            for (size_t c = tile; c < last && c < tile + TILE; c++)
                *nonfinite += piece(table, c, rows, value ? value + i : NULL, Y + i * points + (c - first) * samples,
                                    points, J + numjac_index(table->slot, c) * m + i);
        }
    return NUMJAC_OK;
}
