/* SPDX-License-Identifier: BSD-3-Clause
 * test_records.c - the chain rule over scalar operations, against dense matrices in small integers. */
#include "check.h"
#include "numjac.h"

#include <math.h>

enum { INPUTS = 3, COUNT = 20, ALL = INPUTS + COUNT };

/* A random program: each record depends on up to two elements before it. */
static void program(numjac_record *record) {
    for (int r = 0; r < COUNT; r++) {
        record[r].first = random_between(-1, INPUTS + r - 1);
        record[r].second = random_between(-1, INPUTS + r - 1);
        record[r].by_first = random_between(-1, 1);
        record[r].by_second = random_between(-1, 1);
    }
}

/* dense[e][j]: the derivative of element e by input j, row by row; a slow and obvious twin. */
static void twin(const numjac_record *record, double dense[ALL][INPUTS]) {
    memset(dense, 0, sizeof(double) * ALL * INPUTS);
    for (int j = 0; j < INPUTS; j++)
        dense[j][j] = 1;
    for (int r = 0; r < COUNT; r++)
        for (int j = 0; j < INPUTS; j++) {
            if (record[r].first >= 0)
                dense[INPUTS + r][j] += record[r].by_first * dense[record[r].first][j];
            if (record[r].second >= 0)
                dense[INPUTS + r][j] += record[r].by_second * dense[record[r].second][j];
        }
}

static void both_directions_are_the_twin(void) {
    for (int trial = 0; trial < 200; trial++) {
        numjac_record *record = guarded(COUNT * sizeof *record);
        double dense[ALL][INPUTS], *T = doubles(ALL * INPUTS), *U = doubles(ALL * ALL);
        program(record);
        twin(record, dense);
        memset(T, 0, INPUTS * INPUTS * sizeof *T);
        for (int j = 0; j < INPUTS; j++)
            T[j * INPUTS + j] = 1;
        CHECK(!numjac_records_forward(INPUTS, COUNT, record, INPUTS, T));
        for (int e = 0; e < ALL; e++)
            for (int j = 0; j < INPUTS; j++)
                CHECK(T[e * INPUTS + j] == dense[e][j]);
        memset(U, 0, ALL * ALL * sizeof *U);
        for (int e = 0; e < ALL; e++)
            U[e * ALL + e] = 1;
        CHECK(!numjac_records_backward(INPUTS, COUNT, record, ALL, U));
        for (int e = 0; e < ALL; e++)
            for (int j = 0; j < INPUTS; j++)
                CHECK(U[j * ALL + e] == dense[e][j]);
        release(T, ALL * INPUTS * sizeof *T);
        release(U, ALL * ALL * sizeof *U);
        release(record, COUNT * sizeof *record);
    }
}

static void a_record_that_looks_ahead_is_refused(void) {
    numjac_record record[2] = {{0, -1, 1, 0}, {0, 3, 1, 1}};
    double T[4] = {1, 1, 1, 1};
    CHECK(numjac_records_forward(2, 2, record, 1, T) == NUMJAC_NO_ENTRY);
    CHECK(numjac_records_backward(2, 2, record, 1, T) == NUMJAC_NO_ENTRY);
    record[1].second = -2;
    CHECK(numjac_records_forward(2, 2, record, 1, T) == NUMJAC_NO_ENTRY);
}

static void what_can_not_be_addressed_is_refused(void) {
    CHECK(numjac_records_forward(SIZE_MAX / 8, 0, NULL, 16, NULL) == NUMJAC_TOO_LARGE);
    CHECK(numjac_records_backward(16, PTRDIFF_MAX, NULL, 1, NULL) == NUMJAC_TOO_LARGE);
}

static void what_nothing_reached_hands_on_nothing(void) {
    numjac_record record[1] = {{0, -1, INFINITY, 0}};
    double U[2] = {5, 0};
    CHECK(!numjac_records_backward(1, 1, record, 1, U));
    CHECK(U[0] == 5);
}

int main(void) {
    RUN(both_directions_are_the_twin);
    RUN(a_record_that_looks_ahead_is_refused);
    RUN(what_can_not_be_addressed_is_refused);
    RUN(what_nothing_reached_hands_on_nothing);
    return failures != 0;
}
