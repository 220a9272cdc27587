/* SPDX-License-Identifier: BSD-3-Clause
 * test_points.c - f at many points; failures, interruptions, outputs that are not written. */
#include "problem.h"

enum { N = 5, M = 3, ROWS = 300 };
static const size_t THREADS[] = {1, 2, 3, 4, 7};
enum { THREAD_COUNTS = sizeof THREADS / sizeof *THREADS };

static void lay(double *X) {
    for (size_t i = 0; i < ROWS * N; i++)
        X[i] = (double)i / 64;
}

static int run_points(numjac_fn f, void *data, const double *X, numjac_team team, double *Y, numjac_outcome *first) {
    numjac_function function = {.n = N, .m = M, .f = f, .data = data};
    numjac_outcome *outcome = guarded(team.threads * sizeof *outcome);
    int status = numjac_points(&function, ROWS, X, &team, Y, outcome);
    *first = *outcome;
    release(outcome, team.threads * sizeof *outcome);
    return status;
}

static void every_row_is_f_of_its_point_on_any_number_of_threads(void) {
    double X[ROWS * N], *Y = doubles(ROWS * M), y[M];
    numjac_outcome outcome;
    lay(X);
    for (size_t t = 0; t < THREAD_COUNTS; t++) {
        CHECK(run_points(smooth, NULL, X, (numjac_team){.threads = THREADS[t]}, Y, &outcome) == NUMJAC_OK);
        for (size_t row = 0; row < ROWS; row++) {
            smooth(N, X + row * N, M, y, NULL);
            CHECK(same(y, Y + row * M, sizeof y));
        }
    }
    release(Y, ROWS * M * sizeof *Y);
}

/* Stops at every row from number 17 on that is 17 modulo 23. */
static int stopping(size_t n, const double *x, size_t m, double *y, void *data) {
    size_t row = (size_t)(x[0] * 64) / N;
    return row % 23 == 17 ? (int)row : smooth(n, x, m, y, data);
}

static void the_lowest_row_at_fault_is_reported_every_time(void) {
    double X[ROWS * N], Y[ROWS * M];
    numjac_outcome outcome;
    lay(X);
    for (int again = 0; again < 200; again++)
        for (size_t t = 0; t < THREAD_COUNTS; t++) {
            CHECK(run_points(stopping, NULL, X, (numjac_team){.threads = THREADS[t]}, Y, &outcome) == NUMJAC_STOPPED);
            CHECK(outcome.column == 17 && outcome.code == 17);
        }
}

/* Writes the first output alone. */
static int lazy(size_t n, const double *x, size_t m, double *y, void *data) {
    (void)n, (void)m, (void)data;
    y[0] = x[0];
    return 0;
}

static void what_f_does_not_write_is_nan(void) {
    double X[ROWS * N], Y[ROWS * M];
    numjac_outcome outcome;
    lay(X);
    CHECK(run_points(lazy, NULL, X, (numjac_team){.threads = 2}, Y, &outcome) == NUMJAC_OK);
    for (size_t row = 0; row < ROWS; row++)
        CHECK(Y[row * M] == X[row * N] && isnan(Y[row * M + 1]) && isnan(Y[row * M + 2]));
}

/* A poll that says stop when it is asked for the k-th time. */
static int third_time(void *context) { return ++*(int *)context == 3; }

static int slow(size_t n, const double *x, size_t m, double *y, void *data) {
    double sum = 0;
    for (int k = 1; k < 2000000; k++)
        sum += 1.0 / k;
    y[0] = sum;
    return smooth(n, x, m, y, data);
}

static void whoever_polls_can_stop_it(void) {
    double X[ROWS * N], Y[ROWS * M];
    numjac_outcome outcome;
    lay(X);
    for (size_t t = 0; t < THREAD_COUNTS; t++) {
        int asked = 0;
        numjac_team team = {THREADS[t], third_time, &asked};
        CHECK(run_points(slow, NULL, X, team, Y, &outcome) == NUMJAC_INTERRUPTED);
        CHECK(asked == 3);
    }
}

static void no_rows_call_nothing(void) {
    numjac_function function = {.n = N, .m = M};
    numjac_team team = {.threads = 3};
    numjac_outcome outcome[3];
    CHECK(numjac_points(&function, 0, NULL, &team, NULL, outcome) == NUMJAC_OK);
    CHECK(numjac_points(&function, SIZE_MAX / 8, NULL, &team, NULL, outcome) == NUMJAC_TOO_LARGE);
}

int main(void) {
    RUN(every_row_is_f_of_its_point_on_any_number_of_threads);
    RUN(the_lowest_row_at_fault_is_reported_every_time);
    RUN(what_f_does_not_write_is_nan);
    RUN(whoever_polls_can_stop_it);
    RUN(no_rows_call_nothing);
    return failures != 0;
}
