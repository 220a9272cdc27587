/* SPDX-License-Identifier: BSD-3-Clause
 * test_gather.c - selections and their sums, against loops that write every entry down. */
#include "check.h"
#include "numjac.h"

enum { K = 3, SIZE = 7, COUNT = 11, LEGS = 4 };

static void indices(ptrdiff_t *index, size_t count, int size) {
    for (size_t i = 0; i < count; i++)
        index[i] = random_between(-1, size - 1);
}

static void integers(double *number, size_t count) {
    for (size_t i = 0; i < count; i++)
        number[i] = random_between(-4, 4);
}

static void gather_takes_and_scatter_puts_back(void) {
    for (int trial = 0; trial < 100; trial++) {
        ptrdiff_t index[COUNT];
        double *T = doubles(K * SIZE), *Y = doubles(K * COUNT), *back = doubles(K * SIZE);
        indices(index, COUNT, SIZE);
        integers(T, K * SIZE);
        CHECK(!numjac_gather(K, SIZE, T, COUNT, index, Y));
        for (int row = 0; row < K; row++)
            for (int i = 0; i < COUNT; i++)
                CHECK(Y[row * COUNT + i] == (index[i] < 0 ? 0 : T[row * SIZE + index[i]]));
        integers(back, K * SIZE);
        double before[K * SIZE];
        memcpy(before, back, sizeof before);
        CHECK(!numjac_scatter(K, COUNT, index, Y, SIZE, back));
        for (int row = 0; row < K; row++)
            for (int j = 0; j < SIZE; j++) {
                double sum = before[row * SIZE + j];
                for (int i = 0; i < COUNT; i++)
                    sum += index[i] == j ? Y[row * COUNT + i] : 0;
                CHECK(back[row * SIZE + j] == sum);
            }
        release(T, K * SIZE * sizeof *T);
        release(Y, K * COUNT * sizeof *Y);
        release(back, K * SIZE * sizeof *back);
    }
}

static void a_sum_of_legs_is_the_sum_of_their_matrices(void) {
    for (int trial = 0; trial < 200; trial++) {
        ptrdiff_t index[LEGS][COUNT], start[COUNT + 1];
        double weight[LEGS][COUNT], dense[COUNT][SIZE];
        numjac_leg leg[LEGS];
        memset(dense, 0, sizeof dense);
        for (int l = 0; l < LEGS; l++) {
            indices(index[l], COUNT, SIZE);
            integers(weight[l], COUNT);
            leg[l] = (numjac_leg){index[l], l % 2 ? weight[l] : NULL, l + 2};
            for (int i = 0; i < COUNT; i++)
                if (index[l][i] >= 0)
                    dense[i][index[l][i]] += l % 2 ? weight[l][i] : l + 2;
        }
        ptrdiff_t *column = guarded(COUNT * LEGS * sizeof *column);
        double *value = doubles(COUNT * LEGS);
        CHECK(!numjac_legs(COUNT, SIZE, LEGS, leg, start, column, value));
        for (int i = 0; i < COUNT; i++)
            for (ptrdiff_t at = start[i]; at < start[i + 1]; at++) {
                CHECK(at == start[i] || column[at - 1] < column[at]);
                CHECK(value[at] == dense[i][column[at]]);
                dense[i][column[at]] = 0;
            }
        for (int i = 0; i < COUNT; i++)
            for (int j = 0; j < SIZE; j++)
                CHECK(dense[i][j] == 0);
        release(column, COUNT * LEGS * sizeof *column);
        release(value, COUNT * LEGS * sizeof *value);
    }
}

static void an_index_outside_is_refused(void) {
    double T[2] = {1, 2}, to[2];
    for (ptrdiff_t wrong = -3; wrong <= 3; wrong++) {
        int status = wrong >= -1 && wrong < 2 ? NUMJAC_OK : NUMJAC_NO_ENTRY;
        numjac_leg leg = {&wrong, NULL, 1};
        ptrdiff_t start[2], column[1];
        CHECK(numjac_gather(1, 2, T, 1, &wrong, to) == status);
        CHECK(numjac_scatter(1, 1, &wrong, T, 2, to) == status);
        CHECK(numjac_legs(1, 2, 1, &leg, start, column, to) == status);
    }
    CHECK(numjac_gather(SIZE_MAX / 4, 16, T, 0, NULL, to) == NUMJAC_TOO_LARGE);
    CHECK(numjac_legs(SIZE_MAX / 4, 1, 16, NULL, NULL, NULL, NULL) == NUMJAC_TOO_LARGE);
}

int main(void) {
    RUN(gather_takes_and_scatter_puts_back);
    RUN(a_sum_of_legs_is_the_sum_of_their_matrices);
    RUN(an_index_outside_is_refused);
    return failures != 0;
}
