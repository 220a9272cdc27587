/* SPDX-License-Identifier: BSD-3-Clause
 * batch.c - the columns of a function that takes many points in one call. */
#include "internal.h"

#include <math.h>
#include <stdint.h>

/* Columns combined side by side. Eight doubles are one cache line of J, and eight columns at a stride that is a
 * power of two still fit the ways of a first-level cache. */
enum { TILE = 8 };

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

/* One entry of J from the samples of its column; the same sum, in the same order, as in columns.c. */
static double entry_of(const numjac_table *table, size_t c, const double *y, double value) {
    double sum = 0.0;
    for (size_t q = 0; q < table->quotients; q++) {
        const numjac_quotient *quotient = table->stencil + q;
        const numjac_pair *node = table->nodes + c * table->quotients + q;
        double upper = *y++;
        double lower = numjac_at_point(quotient) ? value : *y++;
        double term = quotient->weight * ((upper - lower) / (node->upper - node->lower));
        sum = q ? sum + term : term;
    }
    return sum;
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
        for (size_t i = 0; i < m; i++)
            for (size_t c = tile; c < last && c < tile + TILE; c++) {
                double slope = entry_of(table, c, Y + i * points + (c - first) * samples, value ? value[i] : 0.0);
                *nonfinite += isfinite(slope) ? 0 : 1;
                J[numjac_index(table->slot, c) * m + i] = isfinite(slope) ? slope : NAN;
            }
    return NUMJAC_OK;
}
