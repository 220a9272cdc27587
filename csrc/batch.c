/* SPDX-License-Identifier: BSD-3-Clause
 * batch.c - the columns of a function that takes many points in one call. */
#include "internal.h"

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

/* A tile of columns, side by side: one quotient of each added to J. The samples of a point lie next to each other, so
 * a row of the tile is one vector operation; the sum is the same, in the same order, as in columns.c. */
static void add_quotient(size_t m, const double *value, const numjac_table *table, size_t q, size_t tile, size_t width,
                         const double *y, size_t points, size_t samples, double *J) {
    const numjac_quotient *quotient = table->stencil + q;
    int at_point = numjac_at_point(quotient);
    double distance[TILE], term[TILE];
    for (size_t c = 0; c < width; c++) {
        const numjac_pair *node = table->nodes + (tile + c) * table->quotients + q;
        distance[c] = node->upper - node->lower;
    }
    for (size_t i = 0; i < m; i++, y += points) {
        double f0 = at_point && value ? value[i] : 0.0;
        for (size_t c = 0; c < width; c++) {
            double lower = at_point ? f0 : y[c * samples + 1];
            term[c] = quotient->weight * ((y[c * samples] - lower) / distance[c]);
        }
        for (size_t c = 0; c < width; c++) {
            double *entry = J + numjac_index(table->slot, tile + c) * m + i;
            *entry = q ? *entry + term[c] : term[c];
        }
    }
}

int numjac_combine(size_t m, const double *value, const numjac_table *table, size_t first, size_t last, const double *Y,
                   size_t width, double *J, size_t *nonfinite) {
    size_t samples = numjac_samples(table->quotients, table->stencil), points = (last - first) * samples;
    if (too_large(m, points) || too_large(m, width))
        return NUMJAC_TOO_LARGE;
    for (size_t c = first; c < last; c++)
        if (numjac_index(table->slot, c) >= width)
            return NUMJAC_NO_ENTRY;
    for (size_t tile = first; tile < last; tile += TILE) {
        size_t columns = last - tile < TILE ? last - tile : TILE;
        const double *y = Y + (tile - first) * samples;
        for (size_t q = 0; q < table->quotients; q++) {
            add_quotient(m, value, table, q, tile, columns, y, points, samples, J);
            y += numjac_at_point(table->stencil + q) ? 1 : 2;
        }
        for (size_t c = tile; c < tile + columns; c++)
            *nonfinite += numjac_settle(m, J + numjac_index(table->slot, c) * m);
    }
    return NUMJAC_OK;
}
