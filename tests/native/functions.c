/* SPDX-License-Identifier: BSD-3-Clause
 * functions.c - compiled functions of every signature; each is y_i = sin(x_i) x_(i+1), which is 0 beyond the end. */
#include <complex.h>
#include <math.h>
#include <stddef.h>
#include <time.h>

/* What data points to: sizes for functions that are told none, and what to do at which point. */
typedef struct {
    size_t n, m;
    double stop; /* a status where some entry of x is larger */
    double *seen;
} settings;

int full(size_t n, const double *x, size_t m, double *y, void *data) {
    (void)data;
    for (size_t i = 0; i < m; i++)
        y[i] = i + 1 < n ? sin(x[i]) * x[i + 1] : 0.0;
    return 0;
}

int full_complex(size_t n, const double complex *x, size_t m, double complex *y, void *data) {
    (void)data;
    for (size_t i = 0; i < m; i++)
        y[i] = i + 1 < n ? csin(x[i]) * x[i + 1] : 0.0;
    return 0;
}

void mute(size_t n, const double *x, size_t m, double *y) { full(n, x, m, y, NULL); }

int brief(const double *x, double *y, void *data) {
    const settings *s = data;
    return full(s->n, x, s->m, y, NULL);
}

int brief_complex(const double complex *x, double complex *y, void *data) {
    const settings *s = data;
    return full_complex(s->n, x, s->m, y, NULL);
}

void plain(const double *x, double *y) { full(3, x, 3, y, NULL); }

int stopping(size_t n, const double *x, size_t m, double *y, void *data) {
    const settings *s = data;
    for (size_t j = 0; j < n; j++)
        if (x[j] > s->stop)
            return 40 + (int)(j % 50);
    return full(n, x, m, y, NULL);
}

/* Leaves the last output as it is. */
int lazy(size_t n, const double *x, size_t m, double *y, void *data) { return full(n, x, m - 1, y, data); }

/* Takes a while: about the seconds that data points to. */
int slow(size_t n, const double *x, size_t m, double *y, void *data) {
    struct timespec begun, now;
    timespec_get(&begun, TIME_UTC);
    do
        timespec_get(&now, TIME_UTC);
    while ((double)(now.tv_sec - begun.tv_sec) + 1e-9 * (double)(now.tv_nsec - begun.tv_nsec) < *(double *)data);
    return full(n, x, m, y, NULL);
}
