/* SPDX-License-Identifier: BSD-3-Clause
 * steps.c - steps in proportion to the magnitude of x. */
#include "numjac.h"

#include <float.h>
#include <math.h>

/* The magnitude to measure steps by. A subnormal x says as little about the scale of f as zero does, and a
 * step in proportion to it would have few bits or none. */
static double magnitude(double x, const double *scale) {
    double size = fabs(x);
    double typical = scale ? *scale : (size < DBL_MIN ? 1.0 : 0.0);
    return size < typical ? typical : size; /* NaN stays NaN */
}

void numjac_steps(size_t n, const double *x, const double *scale, double relative, double *h) {
    for (size_t j = 0; j < n; j++)
        h[j] = relative * magnitude(x[j], scale ? scale + j : NULL);
}
