/* SPDX-License-Identifier: BSD-3-Clause
 * test_compress.c - columns that are sampled together, against columns that are sampled one by one. */
#include "check.h"
#include "problem.h"

enum { N = 17, BAND = 3, COLORS = 3, NNZ = BAND * N - 2, MOST_NODES = N * MOST_QUOTIENTS };

/* f_i depends on x_{i-1}, x_i and x_{i+1} alone. */
static int banded(size_t n, const double *x, size_t m, double *y, void *data) {
    (void)data;
    for (size_t i = 0; i < m; i++)
        y[i] = sin(x[i]) * (i ? x[i - 1] : 1) + (i + 1 < n ? exp(x[i + 1]) : 0);
    return 0;
}

/* Stops where x_4 or x_9 is not at home: both are of the second of three colours. */
static const double *home;
static int picky(size_t n, const double *x, size_t m, double *y, void *data) {
    banded(n, x, m, y, data);
    return x[1] != home[1] || x[2] != home[2] ? 7 : 0;
}

/* A band in three colours, its columns 0, 3, 6, ..., then 1, 4, ...; its entries group by group, row by row. */
typedef struct {
    ptrdiff_t first[COLORS + 1], entry[N], start[COLORS + 1];
    int32_t row[NNZ], column[NNZ];
    numjac_pair nodes[MOST_NODES];
    numjac_groups groups;
} band;

static void lay_out(band *b, const problem *p) {
    size_t place[N], c = 0, k = 0, quotients = p->table.quotients;
    for (size_t g = 0; g < COLORS; g++) {
        b->first[g] = (ptrdiff_t)c;
        for (size_t j = g; j < N; j += COLORS, c++) {
            b->entry[c] = (ptrdiff_t)j, place[j] = c;
            memcpy(b->nodes + c * quotients, p->nodes + j * quotients, quotients * sizeof *b->nodes);
        }
    }
    b->first[COLORS] = N;
    for (size_t g = 0; g < COLORS; g++) {
        b->start[g] = (ptrdiff_t)k;
        for (size_t i = 0; i < N; i++)
            for (size_t j = i ? i - 1 : 0; j <= i + 1 && j < N; j++)
                if (j % COLORS == g)
                    b->row[k] = (int32_t)i, b->column[k++] = (int32_t)place[j];
    }
    b->start[COLORS] = (ptrdiff_t)k;
    b->groups =
        (numjac_groups){quotients, p->table.stencil, COLORS, b->first, b->entry, b->nodes, b->start, b->row, b->column};
}

static int compressed(const problem *p, const band *b, size_t threads, double *slope, numjac_outcome *outcome) {
    size_t size = 0;
    if (numjac_columns_work(N, N, threads, &size))
        abort();
    double *work = doubles(size);
    numjac_outcome *outcomes = guarded(threads * sizeof *outcomes);
    const numjac_team team = {.threads = threads};
    int status = numjac_compressed(&p->function, &b->groups, &team, work, slope, outcomes);
    *outcome = outcomes[0];
    release(outcomes, threads * sizeof *outcomes);
    release(work, size * sizeof *work);
    return status;
}

static void entries_are_those_of_columns_bit_for_bit(void) {
    for (size_t by = 0; by < METHOD_COUNT; by++)
        for (size_t threads = 1; threads <= 4; threads++) {
            problem p;
            band b;
            numjac_outcome outcome;
            pose(&p, METHODS + by, N, N, 0x1p-10, banded);
            lay_out(&b, &p);
            CHECK(numjac_check_groups(N, N, &b.groups) == NUMJAC_OK);
            double *J = doubles(N * N), *slope = doubles(NNZ);
            CHECK(differentiate(&p, 1, N, J, &outcome) == NUMJAC_OK);
            CHECK(compressed(&p, &b, threads, slope, &outcome) == NUMJAC_OK && outcome.nonfinite == 0);
            for (size_t k = 0; k < NNZ; k++)
                CHECK(same(slope + k, J + (size_t)b.entry[b.column[k]] * N + (size_t)b.row[k], sizeof *J));
            release(J, N * N * sizeof *J);
            release(slope, NNZ * sizeof *slope);
        }
}

static void the_lowest_group_that_stops_is_told(void) {
    for (size_t threads = 1; threads <= 4; threads++)
        for (int trial = 0; trial < 20; trial++) {
            problem p;
            band b;
            numjac_outcome outcome;
            pose(&p, CENTRAL, N, N, 0x1p-10, banded);
            lay_out(&b, &p);
            home = p.x, p.function.f = picky;
            double *slope = doubles(NNZ);
            CHECK(compressed(&p, &b, threads, slope, &outcome) == NUMJAC_STOPPED);
            CHECK(outcome.column == 1 && outcome.code == 7);
            release(slope, NNZ * sizeof *slope);
        }
}

static void what_is_not_finite_becomes_nan_and_is_counted(void) {
    problem p;
    band b;
    numjac_outcome outcome;
    pose(&p, ORDER_4, N, N, 0x1p-10, banded);
    p.value[3] = INFINITY; /* of no use to a stencil without the point itself */
    lay_out(&b, &p);
    b.nodes[0].upper = INFINITY; /* x[0], on which two outputs depend */
    double *slope = doubles(NNZ);
    CHECK(compressed(&p, &b, 2, slope, &outcome) == NUMJAC_OK);
    CHECK(outcome.nonfinite == 2 && isnan(slope[0]) && isnan(slope[1]) && isfinite(slope[2]));
    release(slope, NNZ * sizeof *slope);
}

static void by_hand_it_is_the_same(void) {
    problem p;
    band b;
    numjac_outcome outcome;
    pose(&p, METHODS + 4, N, N, 0x1p-10, banded);
    lay_out(&b, &p);
    double *slope = doubles(NNZ), *own = doubles(NNZ), upper[N], lower[N];
    CHECK(compressed(&p, &b, 1, slope, &outcome) == NUMJAC_OK);
    for (size_t g = 0; g < COLORS; g++)
        for (size_t q = 0; q < p.table.quotients; q++) {
            double *x = doubles(N);
            memcpy(x, p.x, N * sizeof *x);
            numjac_move_group(&b.groups, g, q, 0, x);
            banded(N, x, N, upper, NULL);
            memcpy(x, p.x, N * sizeof *x);
            numjac_move_group(&b.groups, g, q, 1, x);
            banded(N, x, N, lower, NULL);
            CHECK(numjac_group_slopes(&b.groups, g, q, upper, p.table.stencil[q].lower == 0 ? p.value : lower, own) ==
                  0);
            release(x, N * sizeof *x);
        }
    CHECK(same(slope, own, NNZ * sizeof *own));
    release(slope, NNZ * sizeof *slope);
    release(own, NNZ * sizeof *own);
}

/* One number of a layout that is sound, made wrong. */
static void what_lies_outside_is_refused(void) {
    problem p;
    band b;
    pose(&p, FORWARD, N, N, 0x1p-10, banded);
    for (int fault = 0; fault < 10; fault++) {
        lay_out(&b, &p);
        switch (fault) {
        case 0:
            b.entry[4] = N;
            break;
        case 1:
            b.entry[4] = -1;
            break;
        case 2:
            b.row[5] = N;
            break;
        case 3:
            b.row[5] = -1;
            break;
        case 4:
            b.column[0] = (int32_t)b.first[1];
            break; /* of the next group */
        case 5:
            b.column[NNZ - 1] = N;
            break;
        case 6:
            b.column[7] = -1;
            break;
        case 7:
            b.first[1] = b.first[2] + 1;
            break;
        case 8:
            b.start[2] = b.start[1] - 1;
            break;
        case 9:
            b.first[0] = 1;
            break;
        default:
            break;
        }
        CHECK(numjac_check_groups(N, N, &b.groups) == NUMJAC_NO_ENTRY);
    }
    lay_out(&b, &p);
    CHECK(numjac_check_groups(N, N - 1, &b.groups) == NUMJAC_NO_ENTRY);
    CHECK(numjac_check_groups(N - 1, N, &b.groups) == NUMJAC_NO_ENTRY);
}

static void a_gather_brings_entries_into_order(void) {
    const ptrdiff_t source[] = {3, 0, 3, 1}, outside[] = {0, 4}, negative[] = {-1};
    const double slope[] = {10, 11, 12, 13}, expected[] = {13, 10, 13, 11};
    double *data = doubles(4);
    CHECK(numjac_decompress(4, source, 4, slope, data) == NUMJAC_OK && same(data, expected, sizeof expected));
    CHECK(numjac_decompress(2, outside, 4, slope, data) == NUMJAC_NO_ENTRY);
    CHECK(numjac_decompress(1, negative, 4, slope, data) == NUMJAC_NO_ENTRY);
    CHECK(numjac_decompress(0, NULL, 0, NULL, NULL) == NUMJAC_OK);
    release(data, 4 * sizeof *data);
}

static void a_row_that_strays_is_found(void) {
    const int32_t row[] = {0, 1, 1, 2}, column[] = {0, 0, 1, 1};
    const double data[] = {1, 2, 3, 4}, w[] = {1, 10}, right[] = {1, 32, 40}, slack[] = {0.5, 0.5, 0.5};
    const numjac_entries of = {4, row, column, data};
    double *work = doubles(6), slope[3];
    size_t found;
    memcpy(slope, right, sizeof slope);
    CHECK(!numjac_stray(3, 2, &of, w, slope, slack, 0, work, &found) && found == 3);
    slope[1] += 0.6;
    CHECK(!numjac_stray(3, 2, &of, w, slope, slack, 0, work, &found) && found == 1);
    CHECK(!numjac_stray(3, 2, &of, w, slope, slack, 0.1, work, &found) &&
          found == 3); /* a tenth of 2 + 30 is allowed */
    slope[1] = NAN;
    CHECK(!numjac_stray(3, 2, &of, w, slope, slack, 0, work, &found) && found == 3);
    CHECK(numjac_stray(2, 2, &of, w, slope, slack, 0, work, &found) == NUMJAC_NO_ENTRY);
    CHECK(numjac_stray(3, 1, &of, w, slope, slack, 0, work, &found) == NUMJAC_NO_ENTRY);
    CHECK(numjac_stray(SIZE_MAX / 8, 2, &of, w, slope, slack, 0, work, &found) == NUMJAC_TOO_LARGE);
    release(work, 6 * sizeof *work);
}

static void a_number_that_is_there_twice_is_found(void) {
    const ptrdiff_t start[] = {0, 2, 2, 4};
    const int32_t once[] = {0, 1, 1, 0}, twice[] = {0, 1, 1, 1};
    ptrdiff_t *seen = guarded(2 * sizeof *seen);
    CHECK(numjac_repeated(3, start, once, 2, seen) == 0);
    CHECK(numjac_repeated(3, start, twice, 2, seen) == 1);
    release(seen, 2 * sizeof *seen);
}

int main(void) {
    RUN(entries_are_those_of_columns_bit_for_bit);
    RUN(the_lowest_group_that_stops_is_told);
    RUN(what_is_not_finite_becomes_nan_and_is_counted);
    RUN(by_hand_it_is_the_same);
    RUN(what_lies_outside_is_refused);
    RUN(a_gather_brings_entries_into_order);
    RUN(a_row_that_strays_is_found);
    RUN(a_number_that_is_there_twice_is_found);
    return failures != 0;
}
