/* SPDX-License-Identifier: BSD-3-Clause
 * parallel.c - the only file that knows what a thread is. */
#include "numjac.h"

#ifdef _OPENMP
#include <omp.h>

void numjac_parallel(size_t parts, void (*body)(size_t part, void *context), void *context) {
    if (parts == 1) { /* no region, so no runtime is started: a later fork() stays safe */
        body(0, context);
        return;
    }
#pragma omp parallel for schedule(static, 1) num_threads((int)parts)
    for (ptrdiff_t part = 0; part < (ptrdiff_t)parts; part++)
        body((size_t)part, context);
}

size_t numjac_max_threads(void) { return (size_t)omp_get_max_threads(); }

const char *numjac_parallel_backend(void) {
    switch (_OPENMP) { /* the date of the specification that the compiler implements */
    case 201107:
        return "OpenMP 3.1";
    case 201307:
        return "OpenMP 4.0";
    case 201511:
        return "OpenMP 4.5";
    case 201811:
        return "OpenMP 5.0";
    case 202011:
        return "OpenMP 5.1";
    default:
        return "OpenMP";
    }
}

#else

void numjac_parallel(size_t parts, void (*body)(size_t part, void *context), void *context) {
    for (size_t part = 0; part < parts; part++)
        body(part, context);
}

size_t numjac_max_threads(void) { return 1; }

const char *numjac_parallel_backend(void) { return "serial"; }

#endif
