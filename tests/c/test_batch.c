/* SPDX-License-Identifier: BSD-3-Clause
 * test_batch.c - the columns of a function of many points. */
#include "problem.h"

static const double STEP = 0x1p-10;

/* Y[i][p] = f_i(point p), for X[i][p]. */
static void evaluate(const problem *p, size_t points, const double *X, double *Y) {
    double x[LONGEST], y[4 * LONGEST]; /* there are more rows than columns */
    for (size_t k = 0; k < points; k++) {
        for (size_t i = 0; i < p->function.n; i++)
            x[i] = X[i * points + k];
        p->function.f(p->function.n, x, p->function.m, y, p->function.data);
        for (size_t i = 0; i < p->function.m; i++)
            Y[i * points + k] = y[i];
    }
}

/* One block of columns: fill, evaluate, combine. */
static int block(const problem *p, size_t first, size_t last, size_t width, double *J, size_t *nonfinite) {
    size_t n = p->function.n, m = p->function.m;
    size_t points = (last - first) * numjac_samples(p->table.quotients, p->table.stencil);
    double *X = doubles(n * points), *Y = doubles(m * points);
    int status = numjac_fill(n, p->x, &p->table, first, last, X);
    if (!status) {
        evaluate(p, points, X, Y);
        status = numjac_combine(m, p->value, &p->table, first, last, Y, width, J, nonfinite);
    }
    release(X, n * points * sizeof *X);
    release(Y, m * points * sizeof *Y);
    return status;
}

/* All columns, in blocks of 0 to `longest`. */
static void compare_with_columns(const problem *p, size_t longest) {
    size_t n = p->function.n, bytes = p->function.m * n * sizeof(double), nonfinite = 0;
    double *J = doubles(p->function.m * n), *alone = doubles(p->function.m * n);
    numjac_outcome outcome;
    CHECK(differentiate(p, 1, n, alone, &outcome) == NUMJAC_OK);
    for (size_t first = 0, last; first < n; first = last) {
        last = first + (size_t)random_between(0, (int)longest);
        last = last < n ? last : n;
        CHECK(block(p, first, last, n, J, &nonfinite) == NUMJAC_OK);
    }
    CHECK(same(J, alone, bytes));
    CHECK(nonfinite == outcome.nonfinite);
    release(J, bytes);
    release(alone, bytes);
}

static void any_blocks_give_the_bits_of_one_column_after_the_other(void) {
    const size_t columns[] = {1, 2, 7, 8, 9, 16, 17, 33}, rows[] = {0, 1, 7, 8, 9, 20, 63, 64, 65, 130},
                 longest[] = {1, 3, 8, 12, 500};
    for (size_t k = 0; k < METHOD_COUNT; k++)
        for (size_t a = 0; a < 8; a++)
            for (size_t b = 0; b < 10; b++)
                for (size_t c = 0; c < 5; c++) {
                    problem p;
                    pose(&p, METHODS + k, columns[a], rows[b], 0.1, smooth);
                    compare_with_columns(&p, longest[c]);
                    pose(&p, METHODS + k, columns[a], rows[b], 0.1, constant);
                    compare_with_columns(&p, longest[c]);
                }
}

static void nodes_at_the_point_need_no_sample(void) {
    const size_t expected[METHOD_COUNT] = {1, 1, 2, 3, 4, 4};
    for (size_t k = 0; k < METHOD_COUNT; k++)
        CHECK(numjac_samples(METHODS[k].quotients, METHODS[k].stencil) == expected[k]);
    CHECK(numjac_samples(0, NULL) == 0);
}

static void a_point_is_x_with_one_entry_at_a_node(void) {
    enum { N = 4, FIRST = 1, LAST = 3, POINTS = 8, BYTES = N * POINTS * sizeof(double) };
    const ptrdiff_t entry[] = {0, 3, 1};
    const method *by = METHODS + 4; /* both nodes, then two quotients from the point */
    problem p;
    double *X = doubles(N * POINTS);
    pose(&p, by, N, 1, STEP, smooth);
    choose(&p, LAST, entry, NULL);
    CHECK(numjac_fill(N, p.x, &p.table, FIRST, LAST, X) == NUMJAC_OK);
    for (size_t c = FIRST; c < LAST; c++) {
        const numjac_pair *nodes = p.nodes + c * by->quotients;
        const double at[] = {nodes[0].upper, nodes[0].lower, nodes[1].upper, nodes[2].upper};
        for (size_t k = 0; k < 4; k++)
            for (size_t i = 0; i < N; i++)
                CHECK(X[i * POINTS + (c - FIRST) * 4 + k] == (i == (size_t)entry[c] ? at[k] : p.x[i]));
    }
    release(X, BYTES);
}

static void slots_choose_the_columns(void) {
    enum { N = 10, M = 3, WIDTH = 12, COLUMN = M * sizeof(double) };
    const ptrdiff_t slot[N] = {11, 0, 3, 9, 1, 2, 8, 4, 10, 6}, untouched[] = {5, 7};
    problem p;
    numjac_outcome outcome;
    size_t nonfinite = 0;
    double *J = doubles(M * WIDTH), whole[M * N];
    pose(&p, FORWARD, N, M, STEP, smooth);
    CHECK(differentiate(&p, 1, N, whole, &outcome) == NUMJAC_OK);
    choose(&p, N, NULL, slot);
    CHECK(block(&p, 0, 1, WIDTH, J, &nonfinite) == NUMJAC_OK);
    CHECK(painted(J, 11 * COLUMN));
    CHECK(block(&p, 1, N, WIDTH, J, &nonfinite) == NUMJAC_OK);
    for (size_t c = 0; c < N; c++)
        CHECK(same(J + slot[c] * M, whole + c * M, COLUMN));
    for (size_t k = 0; k < 2; k++)
        CHECK(painted(J + untouched[k] * M, COLUMN));
    release(J, WIDTH * COLUMN);
}

static void what_is_not_finite_becomes_nan_and_is_added_to_the_count(void) {
    enum { N = 10, M = 2, ROW = 2 * N, BEFORE = 5 };
    const double strange[N] = {INFINITY, 0, 0, -INFINITY, 0, 0, 0, 0, NAN, 1e308};
    problem p;
    double Y[M * ROW] = {0}, J[N * M];
    size_t nonfinite = BEFORE;
    pose(&p, CENTRAL, N, M, STEP, smooth);
    for (size_t c = 0; c < N; c++)
        Y[ROW + 2 * c] = strange[c];
    CHECK(numjac_combine(M, NULL, &p.table, 0, N, Y, N, J, &nonfinite) == NUMJAC_OK);
    CHECK(nonfinite == BEFORE + 4);
    for (size_t c = 0; c < N; c++) {
        CHECK(J[c * M] == 0.0);
        CHECK(strange[c] == 0.0 ? J[c * M + 1] == 0.0 : isnan(J[c * M + 1]));
    }
}

static void an_empty_block_writes_nothing(void) {
    enum { N = 3, M = 2, BYTES = M * N * sizeof(double) };
    problem p;
    size_t nonfinite = 0;
    double *J = doubles(M * N);
    pose(&p, CENTRAL, N, M, STEP, smooth);
    for (size_t first = 0; first <= N; first++)
        CHECK(block(&p, first, first, N, J, &nonfinite) == NUMJAC_OK);
    CHECK(painted(J, BYTES) && nonfinite == 0);
    release(J, BYTES);
}

static void an_entry_or_a_slot_outside_its_array_is_refused(void) {
    enum { N = 3, M = 2, BYTES = M * N * sizeof(double) };
    const ptrdiff_t strange[] = {3, -1, PTRDIFF_MAX, PTRDIFF_MIN};
    double X[2 * N * N], Y[2 * N * M] = {0};
    for (size_t k = 0; k < 4; k++) {
        const ptrdiff_t list[N] = {0, 1, strange[k]};
        problem p;
        size_t nonfinite = 0;
        double *J = doubles(M * N);
        pose(&p, CENTRAL, N, M, STEP, smooth);
        p.table.entry = p.table.slot = list;
        CHECK(numjac_fill(N, p.x, &p.table, 0, N, X) == NUMJAC_NO_ENTRY);
        CHECK(numjac_combine(M, p.value, &p.table, 0, N, Y, N, J, &nonfinite) == NUMJAC_NO_ENTRY);
        CHECK(painted(J, BYTES) && nonfinite == 0);
        CHECK(block(&p, 0, N - 1, N, J, &nonfinite) == NUMJAC_OK);
        release(J, BYTES);
    }
}

static void arrays_too_large_are_refused(void) {
    const size_t limit = SIZE_MAX / sizeof(double);
    problem p;
    size_t nonfinite = 0;
    pose(&p, CENTRAL, 1, 1, STEP, smooth);
    CHECK(numjac_fill(limit / 2 + 1, NULL, &p.table, 0, 1, NULL) == NUMJAC_TOO_LARGE);
    CHECK(numjac_combine(limit / 2 + 1, NULL, &p.table, 0, 1, NULL, 1, NULL, &nonfinite) == NUMJAC_TOO_LARGE);
    CHECK(numjac_combine(2, NULL, &p.table, 0, 1, NULL, limit / 2 + 1, NULL, &nonfinite) == NUMJAC_TOO_LARGE);
    CHECK(nonfinite == 0);
}

int main(void) {
    RUN(any_blocks_give_the_bits_of_one_column_after_the_other);
    RUN(nodes_at_the_point_need_no_sample);
    RUN(a_point_is_x_with_one_entry_at_a_node);
    RUN(slots_choose_the_columns);
    RUN(what_is_not_finite_becomes_nan_and_is_added_to_the_count);
    RUN(an_empty_block_writes_nothing);
    RUN(an_entry_or_a_slot_outside_its_array_is_refused);
    RUN(arrays_too_large_are_refused);
    return failures != 0;
}
