/* SPDX-License-Identifier: BSD-3-Clause
 * nodes.c - from a step to the values of the coordinate at which f is sampled. */
#include "internal.h"

#include <math.h>

/* The step that x really takes when h is asked for. Going outward (away from zero) meets the coarser grid of
 * floating-point numbers, so the same h can be taken inward without rounding: Numerical Recipes, section 5.7,
 * with the direction made part of it. */
static double exact(double x, double h) {
    double there = x + copysign(h, x);
    if (!isfinite(there)) /* at the end of the number range there is only inward */
        there = x - copysign(h, x);
    return copysign(there - x, h);
}

/* Nodes of one column. */
static int column_nodes(double x, double h, size_t quotients, const numjac_quotient *stencil, numjac_pair *nodes) {
    h = exact(x, h);
    for (size_t q = 0; q < quotients; q++) {
        nodes[q].upper = x + stencil[q].upper * h;
        nodes[q].lower = x + stencil[q].lower * h;
        if (!isfinite(x))
            continue;
        if (!isfinite(nodes[q].upper - nodes[q].lower)) /* so is neither node */
            return NUMJAC_NO_NUMBER;
        if (nodes[q].upper == nodes[q].lower)
            return NUMJAC_NO_STEP;
    }
    return NUMJAC_OK;
}

int numjac_nodes(size_t n, const double *x, size_t count, const ptrdiff_t *entry, const double *h, size_t quotients,
                 const numjac_quotient *stencil, numjac_pair *nodes, size_t *column) {
    for (size_t c = 0; c < count; c++) {
        size_t j = numjac_index(entry, c);
        *column = c;
        if (j >= n)
            return NUMJAC_NO_ENTRY;
        int status = column_nodes(x[j], h[c], quotients, stencil, nodes + c * quotients);
        if (status)
            return status;
    }
    return NUMJAC_OK;
}
