/* SPDX-License-Identifier: BSD-3-Clause
 * test_columns.c - the Jacobian, column by column. */
#include "problem.h"

static const size_t THREADS[] = {1, 2, 3, 4, 7, 30};
enum { THREAD_COUNTS = sizeof THREADS / sizeof *THREADS };
static const double STEP = 0x1p-10;

static void a_linear_function_is_differentiated_exactly(void) {
    enum { N = 9, M = 7 };
    for (size_t k = 0; k < METHOD_COUNT; k++) {
        problem p;
        numjac_outcome outcome;
        double J[M * N];
        pose(&p, METHODS + k, N, M, STEP, linear);
        CHECK(differentiate(&p, 1, N, J, &outcome) == NUMJAC_OK);
        for (size_t j = 0; j < N; j++)
            for (size_t i = 0; i < M; i++)
                CHECK(J[j * M + i] == linear_slope(i, j));
    }
}

/* The largest error in the Jacobian of `smooth`. */
static double error_of(const method *by, double h) {
    enum { N = 5, M = 6 };
    problem p;
    numjac_outcome outcome;
    double J[M * N], error = 0.0;
    pose(&p, by, N, M, h, smooth);
    differentiate(&p, 1, N, J, &outcome);
    for (size_t j = 0; j < N; j++)
        for (size_t i = 0; i < M; i++)
            error = fmax(error, fabs(J[j * M + i] - smooth_slope(N, p.x, i, j)));
    return error;
}

static void half_the_step_divides_the_error_by_two_to_the_order(void) {
    for (size_t k = 0; k < METHOD_COUNT; k++) {
        double gain = error_of(METHODS + k, 0x1p-5) / error_of(METHODS + k, 0x1p-6);
        CHECK(fabs(gain / ldexp(1.0, (int)METHODS[k].order) - 1) < 0.1);
    }
}

static void the_number_of_threads_changes_no_bit(void) {
    enum { N = 17, M = 5, BYTES = M * N * sizeof(double) };
    for (size_t k = 0; k < METHOD_COUNT; k++) {
        problem p;
        numjac_outcome outcome;
        double alone[M * N];
        pose(&p, METHODS + k, N, M, 0.1, smooth);
        CHECK(differentiate(&p, 1, N, alone, &outcome) == NUMJAC_OK);
        for (size_t t = 0; t < THREAD_COUNTS; t++) {
            double *J = doubles(M * N);
            CHECK(differentiate(&p, THREADS[t], N, J, &outcome) == NUMJAC_OK);
            CHECK(same(J, alone, BYTES));
            release(J, BYTES);
        }
    }
}

static void entries_and_slots_choose_the_columns(void) {
    enum { N = 9, M = 4, WIDTH = 8, COUNT = 5, COLUMN = M * sizeof(double) };
    const ptrdiff_t entry[COUNT] = {8, 0, 3, 3, 5}, slot[COUNT] = {2, 7, 0, 4, 5}, untouched[] = {1, 3, 6};
    problem p;
    numjac_outcome outcome;
    double whole[M * N];
    pose(&p, ORDER_4, N, M, STEP, smooth);
    CHECK(differentiate(&p, 1, N, whole, &outcome) == NUMJAC_OK);
    choose(&p, COUNT, entry, slot);
    for (size_t t = 0; t < THREAD_COUNTS; t++) {
        double *J = doubles(M * WIDTH);
        CHECK(differentiate(&p, THREADS[t], WIDTH, J, &outcome) == NUMJAC_OK);
        for (size_t c = 0; c < COUNT; c++)
            CHECK(same(J + slot[c] * M, whole + entry[c] * M, COLUMN));
        for (size_t k = 0; k < 3; k++)
            CHECK(painted(J + untouched[k] * M, COLUMN));
        release(J, WIDTH * COLUMN);
    }
}

/* `smooth`, unless f is called otherwise than promised: the sizes, x not the caller's, one entry of it moved. */
static int suspicious(size_t n, const double *x, size_t m, double *y, void *data) {
    const problem *p = data;
    size_t moved = 0;
    if (n != p->function.n || m != p->function.m || x == p->x)
        return 1;
    for (size_t j = 0; j < n; j++)
        moved += x[j] != p->x[j];
    return moved == 1 ? smooth(n, x, m, y, NULL) : 2;
}

static void f_is_given_a_point_of_its_own_with_one_entry_moved(void) {
    for (size_t k = 0; k < METHOD_COUNT; k++)
        for (size_t t = 0; t < THREAD_COUNTS; t++) {
            enum { N = 11, M = 3 };
            problem p, before;
            numjac_outcome outcome;
            double J[M * N];
            pose(&p, METHODS + k, N, M, STEP, smooth);
            p.function.f = suspicious;
            p.function.data = &p;
            before = p;
            CHECK(differentiate(&p, THREADS[t], N, J, &outcome) == NUMJAC_OK);
            CHECK(same(p.x, before.x, N * sizeof(double)) && same(p.value, before.value, M * sizeof(double)));
        }
}

/* Notes where the x was that it was given for each entry. */
typedef struct {
    const problem *p;
    uintptr_t x[LONGEST];
} places;

static int noting(size_t n, const double *x, size_t m, double *y, void *data) {
    places *at = data;
    for (size_t j = 0; j < n; j++)
        if (x[j] != at->p->x[j])
            at->x[j] = (uintptr_t)x;
    return smooth(n, x, m, y, NULL);
}

static void threads_share_no_work(void) {
    enum { N = 12, M = 5, APART = (N + 2 * M) * sizeof(double) };
    problem p;
    numjac_outcome outcome;
    double J[M * N];
    places at = {.p = &p};
    pose(&p, FORWARD, N, M, STEP, smooth);
    p.function.f = noting;
    p.function.data = &at;
    CHECK(differentiate(&p, N, N, J, &outcome) == NUMJAC_OK);
    for (size_t a = 0; a < N; a++)
        for (size_t b = 0; b < a; b++)
            CHECK(at.x[a] == at.x[b] || at.x[a] >= at.x[b] + APART || at.x[b] >= at.x[a] + APART);
}

/* Counts its calls, and stops at the call `last`. */
typedef struct {
    size_t calls, last;
} counter;

static int counted(size_t n, const double *x, size_t m, double *y, void *data) {
    counter *count = data;
    return ++count->calls == count->last ? -7 : smooth(n, x, m, y, NULL);
}

static void f_is_called_once_for_every_node_but_the_point(void) {
    for (size_t k = 0; k < METHOD_COUNT; k++) {
        enum { N = 6, M = 2 };
        problem p;
        numjac_outcome outcome;
        double J[M * N];
        counter count = {0, 0};
        pose(&p, METHODS + k, N, M, STEP, smooth);
        p.function.f = counted;
        p.function.data = &count;
        CHECK(differentiate(&p, 1, N, J, &outcome) == NUMJAC_OK);
        CHECK(count.calls == N * numjac_samples(METHODS[k].quotients, METHODS[k].stencil));
    }
}

static void a_function_that_stopped_is_not_called_again(void) {
    enum { N = 6, M = 2 };
    problem p;
    numjac_outcome outcome;
    double J[M * N];
    counter count = {0, 8};
    pose(&p, CENTRAL, N, M, STEP, smooth);
    p.function.f = counted;
    p.function.data = &count;
    CHECK(differentiate(&p, 1, N, J, &outcome) == NUMJAC_STOPPED);
    CHECK(count.calls == 8);
    CHECK(outcome.column == 3 && outcome.code == -7 && outcome.at == p.nodes[3].lower);
}

/* Stops where an entry that is refused has moved to this side. */
typedef struct {
    const problem *p;
    double side;
    int refused[LONGEST];
} refusal;

static int refusing(size_t n, const double *x, size_t m, double *y, void *data) {
    const refusal *at = data;
    for (size_t j = 0; j < n; j++)
        if (at->refused[j] && (x[j] - at->p->x[j]) * at->side > 0)
            return at->refused[j];
    return smooth(n, x, m, y, NULL);
}

static void the_lowest_column_at_fault_is_reported(void) {
    enum { N = 20, M = 3 };
    ptrdiff_t entry[N];
    problem p;
    numjac_outcome outcome;
    double J[M * N];
    for (ptrdiff_t c = 0; c < N; c++)
        entry[c] = N - 1 - c;
    pose(&p, CENTRAL, N, M, STEP, smooth);
    choose(&p, N, entry, NULL);
    for (int lowest = 0; lowest < N; lowest++)
        for (size_t t = 0; t < THREAD_COUNTS; t++) {
            double side = lowest % 2 ? 1.0 : -1.0;
            refusal at = {&p, side, {0}};
            for (int c = lowest; c < N; c += 4)
                at.refused[entry[c]] = 100 + c;
            p.function.f = refusing;
            p.function.data = &at;
            CHECK(differentiate(&p, THREADS[t], N, J, &outcome) == NUMJAC_STOPPED);
            CHECK(outcome.column == (size_t)lowest);
            CHECK(outcome.code == 100 + lowest);
            CHECK(outcome.at == p.x[entry[lowest]] + side * STEP);
        }
}

/* f_i(x) = x_0 + x_1 + ..., but f_i is out of bounds once x_i has moved: infinite, NaN, or too far off. */
static int wild(size_t n, const double *x, size_t m, double *y, void *data) {
    const problem *p = data;
    double sum = 0.0;
    for (size_t j = 0; j < n; j++)
        sum += x[j];
    for (size_t i = 0; i < m; i++)
        y[i] = sum;
    if (p && x[0] != p->x[0])
        y[0] = INFINITY;
    if (p && x[1] != p->x[1])
        y[1] = NAN;
    if (p && x[2] != p->x[2])
        y[2] = x[2] < p->x[2] ? INFINITY : 0.0;
    if (p && x[3] != p->x[3])
        y[3] = x[3] < p->x[3] ? -1e308 : 1e308;
    return 0;
}

static void what_is_not_finite_becomes_nan_and_is_counted(void) {
    enum { N = 6, M = 5, WILD = 4 };
    for (size_t t = 0; t < THREAD_COUNTS; t++) {
        problem p;
        numjac_outcome outcome;
        double J[M * N];
        pose(&p, CENTRAL, N, M, STEP, wild);
        p.function.data = &p;
        CHECK(differentiate(&p, THREADS[t], N, J, &outcome) == NUMJAC_OK);
        CHECK(outcome.nonfinite == WILD);
        for (size_t j = 0; j < N; j++)
            for (size_t i = 0; i < M; i++)
                CHECK(i == j && j < WILD ? isnan(J[j * M + i]) : J[j * M + i] == 1.0);
    }
}

static void every_size_stays_within_its_arrays(void) {
    for (size_t n = 1; n <= 9; n += 2)
        for (size_t m = 0; m <= 9; m++)
            for (size_t t = 0; t < THREAD_COUNTS; t++) {
                problem p;
                numjac_outcome outcome;
                double *J = doubles(m * n);
                pose(&p, ORDER_4, n, m, STEP, smooth);
                CHECK(differentiate(&p, THREADS[t], n, J, &outcome) == NUMJAC_OK);
                CHECK(outcome.nonfinite == 0);
                release(J, m * n * sizeof *J);
            }
}

static void no_columns_call_nothing_and_write_nothing(void) {
    for (size_t t = 0; t < THREAD_COUNTS; t++) {
        enum { N = 3, M = 4, BYTES = M * N * sizeof(double) };
        problem p;
        numjac_outcome outcome;
        double *J = doubles(M * N);
        pose(&p, CENTRAL, N, M, STEP, smooth);
        p.table.count = 0;
        p.function.f = NULL;
        CHECK(differentiate(&p, THREADS[t], N, J, &outcome) == NUMJAC_OK);
        CHECK(outcome.nonfinite == 0);
        CHECK(painted(J, BYTES));
        release(J, BYTES);
    }
}

static void an_empty_function_has_an_empty_jacobian(void) {
    const numjac_function function = {0};
    const numjac_table table = {.quotients = 1, .stencil = CENTRAL->stencil};
    const numjac_team team = {.threads = 1};
    numjac_outcome outcome;
    CHECK(numjac_columns(&function, &table, &team, NULL, 0, NULL, &outcome) == NUMJAC_OK);
    CHECK(outcome.nonfinite == 0);
}

/* What a call with one strange entry or slot leaves behind. */
static void refuse(size_t c, ptrdiff_t strange, int as_slot) {
    enum { N = 5, M = 2, BYTES = M * N * sizeof(double) };
    ptrdiff_t list[N] = {0, 1, 2, 3, 4};
    problem p;
    numjac_outcome outcome;
    double *J = doubles(M * N);
    list[c] = strange;
    pose(&p, CENTRAL, N, M, STEP, smooth);
    *(as_slot ? &p.table.slot : &p.table.entry) = list;
    p.function.f = NULL;
    CHECK(differentiate(&p, 2, N, J, &outcome) == NUMJAC_NO_ENTRY);
    CHECK(painted(J, BYTES));
    release(J, BYTES);
}

static void an_entry_or_a_slot_outside_its_array_is_refused_before_anything_is_done(void) {
    const ptrdiff_t strange[] = {5, -1, PTRDIFF_MAX, PTRDIFF_MIN};
    for (size_t k = 0; k < 4; k++)
        for (size_t c = 0; c < 5; c++) {
            refuse(c, strange[k], 0);
            refuse(c, strange[k], 1);
        }
}

static const size_t LIMIT = SIZE_MAX / sizeof(double); /* doubles that can be addressed */

static void the_work_is_measured_up_to_the_last_byte(void) {
    size_t size = 0;
    size_t gap = 16, most = LIMIT - gap; /* between the threads; and what is left for one of them */
    CHECK(numjac_columns_work(10, 3, 4, &size) == NUMJAC_OK && size == 4 * (16 + gap));
    CHECK(numjac_columns_work(most, 0, 1, &size) == NUMJAC_OK && size == LIMIT);
    CHECK(numjac_columns_work(most % 2, most / 2, 1, &size) == NUMJAC_OK && size == LIMIT);
    CHECK(numjac_columns_work(3, 6, LIMIT / 31, &size) == NUMJAC_OK && size == LIMIT / 31 * 31);
    CHECK(numjac_columns_work(most + 1, 0, 1, &size) == NUMJAC_TOO_LARGE);
    CHECK(numjac_columns_work(most % 2 + 1, most / 2, 1, &size) == NUMJAC_TOO_LARGE);
    CHECK(numjac_columns_work(3, 6, LIMIT / 31 + 1, &size) == NUMJAC_TOO_LARGE);
    CHECK(numjac_columns_work(0, SIZE_MAX / 2 + 1, 1, &size) == NUMJAC_TOO_LARGE);
    CHECK(numjac_columns_work(SIZE_MAX, 1, 1, &size) == NUMJAC_TOO_LARGE);
    CHECK(numjac_columns_work(SIZE_MAX, SIZE_MAX, SIZE_MAX, &size) == NUMJAC_TOO_LARGE);
}

static void arrays_too_large_are_refused_before_anything_is_done(void) {
    const struct {
        size_t n, m, threads, width;
    } large[] = {{LIMIT, 1, 1, 1}, {1, LIMIT, 1, 1}, {2, 2, LIMIT, 1}, {1, 2, 1, LIMIT / 2 + 1}, {1, 2, 1, SIZE_MAX}};
    for (size_t k = 0; k < sizeof large / sizeof *large; k++) {
        const numjac_function function = {.n = large[k].n, .m = large[k].m};
        const numjac_table table = {.quotients = 1, .stencil = CENTRAL->stencil, .count = 1};
        const numjac_team team = {.threads = large[k].threads};
        numjac_outcome outcome;
        CHECK(numjac_columns(&function, &table, &team, NULL, large[k].width, NULL, &outcome) == NUMJAC_TOO_LARGE);
    }
}

int main(void) {
    RUN(a_linear_function_is_differentiated_exactly);
    RUN(half_the_step_divides_the_error_by_two_to_the_order);
    RUN(the_number_of_threads_changes_no_bit);
    RUN(entries_and_slots_choose_the_columns);
    RUN(f_is_given_a_point_of_its_own_with_one_entry_moved);
    RUN(threads_share_no_work);
    RUN(f_is_called_once_for_every_node_but_the_point);
    RUN(a_function_that_stopped_is_not_called_again);
    RUN(the_lowest_column_at_fault_is_reported);
    RUN(what_is_not_finite_becomes_nan_and_is_counted);
    RUN(every_size_stays_within_its_arrays);
    RUN(no_columns_call_nothing_and_write_nothing);
    RUN(an_empty_function_has_an_empty_jacobian);
    RUN(an_entry_or_a_slot_outside_its_array_is_refused_before_anything_is_done);
    RUN(the_work_is_measured_up_to_the_last_byte);
    RUN(arrays_too_large_are_refused_before_anything_is_done);
    return failures != 0;
}
