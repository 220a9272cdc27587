/* SPDX-License-Identifier: BSD-3-Clause
 * test_extrapolate.c - derivatives and their errors from levels. */
#include "check.h"
#include "extrapolate.h"

static geometry table;

/* The levels of sum c_k h^k without c_0, exact but for the rounding of this sum. */
static levels levels_of(const double *c, int degree) {
    levels output = {.argument = 0.0};
    for (int k = 0; k < table.levels; k++) {
        double h = table.h[k];
        for (int p = degree; p > 0; p--) {
            double term = c[p] * pow(h, p);
            if (table.onesided || p % 2)
                output.odd[k] += term;
            else
                output.even[k] += term;
        }
        output.noise[k] = 0x1p-52;
    }
    return output;
}

static void the_inverse_of_vandermondes_matrix_is_exact_in_small_cases(void) {
    const double two[] = {1, 2}, three[] = {1, 2, 4};
    /* On one side s = 1/2, 1: 2y_0 - y_1, 2(y_1 - y_0). */
    numjac_geometry(2, two, 1, 1, &table);
    const subset *S = &table.at[table.start[0] + 1];
    CHECK(S->W[0][0] == 2 && S->W[0][1] == -1 && S->W[1][0] == -2 && S->W[1][1] == 2);
    /* On both s = 1/4, 1: (4y_0 - y_1)/3, Richardson's. */
    numjac_geometry(2, two, 0, 1, &table);
    CHECK(S->W[0][0] == 4.0 / 3 && S->W[0][1] == -1.0 / 3 && S->W[1][0] == -4.0 / 3 && S->W[1][1] == 4.0 / 3);
    CHECK(S->product == 0.25 && S->H == 2 && S->first == 0 && S->size == 2);
    /* Three on one side, s = 1/4, 1/2, 1: weights of the value 8/3, -2, 1/3. */
    numjac_geometry(3, three, 1, 1, &table);
    S = &table.at[table.start[0] + 2];
    CHECK(S->W[0][0] == 8.0 / 3 && S->W[0][1] == -2 && fabs(S->W[0][2] - 1.0 / 3) < 1e-16);
}

/* sum_j W[l][j] s_j^p is 1 for p = l, else 0; the entries of W grow as those of the inverse do, and so do errors. */
static void the_matrix_is_an_inverse(void) {
    for (int run = 0; run < 300; run++) {
        double h[NUMJAC_LEVELS] = {random_mantissa()};
        int count = random_between(1, NUMJAC_LEVELS);
        for (int k = 1; k < count; k++)
            h[k] = h[k - 1] * 2 * random_mantissa();
        numjac_geometry(count, h, run % 2, 1, &table);
        for (int k = 0; k < table.start[count - 1] + 1; k++) {
            const subset *S = &table.at[k];
            for (int l = 0; l < S->size; l++)
                for (int p = 0; p < S->size; p++) {
                    double sum = 0, largest = 0;
                    for (int j = 0; j < S->size; j++) {
                        sum += S->W[l][j] * pow(S->s[j], p);
                        largest = fmax(largest, fabs(S->W[l][j]) * pow(S->s[j], p));
                    }
                    CHECK(fabs(sum - (l == p)) <= 100 * DBL_EPSILON * largest);
                }
        }
    }
}

static void all_runs_of_levels_are_there(void) {
    double h[NUMJAC_LEVELS];
    for (int count = 1; count <= NUMJAC_LEVELS; count++) {
        int number = 0;
        for (int k = 0; k < count; k++)
            h[k] = k + 1;
        numjac_geometry(count, h, 0, 2, &table);
        for (int first = 0; first < count; first++)
            for (int size = 1; size <= WIDEST && first + size <= count; size++, number++) {
                CHECK(table.start[first] + size - 1 == number && number < SUBSETS);
                CHECK(table.at[number].first == first && table.at[number].size == size);
            }
    }
}

/* With k levels a polynomial of degree 2k, on one side k, has no truncation. */
static void polynomials_are_found_to_their_noise(void) {
    const double h[] = {0x1p-6, 0x1p-5, 0x1p-4, 0x1p-3};
    for (int run = 0; run < 400; run++) {
        int count = random_between(2, 4), onesided = run % 2, target = 1 + run / 2 % 2;
        double c[9];
        for (int p = 0; p < 9; p++)
            c[p] = random_mantissa(); /* on one side a term that vanishes by chance is not seen through */
        numjac_geometry(count, h, onesided, target, &table);
        levels output = levels_of(c, onesided ? count : 2 * count);
        model found = numjac_extrapolate(&table, &output, 1.0);
        CHECK(found.resolved && found.error < (onesided ? 2 : 1)); /* from one side twice as much is allowed for */
        CHECK(fabs(found.value - c[target]) <= found.error);
    }
}

static void nothing_is_resolved_where_terms_grow(void) {
    const double h[] = {1, 2, 4}, c[] = {0, 1, 0, 1, 0, 1, 0, 1, 0};
    numjac_geometry(3, h, 0, 1, &table);
    levels output = levels_of(c, 8);
    model found = numjac_extrapolate(&table, &output, 1.0);
    CHECK(!found.resolved && isinf(found.error));
}

static void logarithms_are_right_to_a_hundredth(void) {
    for (int k = 0; k < 100000; k++) {
        double x = ldexp(random_mantissa(), random_between(-1074, 1023)), y = ldexp(x, 0);
        CHECK(y == 0 || fabs(numjac_log2(y) - log2(y)) < 0.01);
        double e = random_between(-1000, 1000) + random_mantissa();
        CHECK(fabs(numjac_exp2(e) / exp2(e) - 1) < 0.01);
    }
}

static void logarithms_ascend_without_a_gap(void) {
    for (int k = 0; k < 100000; k++) {
        double x = ldexp(random_mantissa(), random_between(-1074, 1023)), e = random_between(-1100, 1030) * 0x1p-3;
        CHECK(numjac_log2(x) <= numjac_log2(nextafter(x, INFINITY)) + 1e-12); /* the sum has its rounding */
        CHECK(numjac_exp2(e) <= numjac_exp2(nextafter(e, INFINITY)));
        CHECK(numjac_exp2(e) >= numjac_exp2(nextafter(e, -INFINITY)));
    }
    for (int k = -1073; k <= 1023; k++) /* where the parabolas meet; the sum with k has its rounding */
        CHECK(fabs(numjac_log2(ldexp(1, k)) - k) < 1e-12 &&
              k - numjac_log2(nextafter(ldexp(1, k), 0)) < (k <= -1021 ? 1.01 : 1e-12));
    for (int k = -1022; k <= 1023; k++)
        CHECK(numjac_exp2(k) == ldexp(1, k) && numjac_exp2(nextafter(k, -INFINITY)) >= 0.999999 * ldexp(1, k));
}

static void logarithms_of_strange_numbers_are_defined(void) {
    CHECK(numjac_log2(0) == -4096 && numjac_log2(-1) == -4096 && numjac_log2(NAN) == -4096);
    CHECK(numjac_log2(INFINITY) == 4096);
    CHECK(numjac_exp2(-INFINITY) == 0 && numjac_exp2(NAN) == 0 && numjac_exp2(-1082) == 0);
    CHECK(isinf(numjac_exp2(1024)) && isinf(numjac_exp2(INFINITY)));
    CHECK(numjac_exp2(-1074) == DBL_TRUE_MIN);
}

static void a_nan_gives_way(void) {
    CHECK(numjac_larger(NAN, 1) == 1 && numjac_larger(1, NAN) == 1 && isnan(numjac_larger(NAN, NAN)));
    CHECK(numjac_smaller(NAN, 1) == 1 && numjac_smaller(1, NAN) == 1 && isnan(numjac_smaller(NAN, NAN)));
}

int main(void) {
    RUN(the_inverse_of_vandermondes_matrix_is_exact_in_small_cases);
    RUN(the_matrix_is_an_inverse);
    RUN(all_runs_of_levels_are_there);
    RUN(polynomials_are_found_to_their_noise);
    RUN(nothing_is_resolved_where_terms_grow);
    RUN(logarithms_are_right_to_a_hundredth);
    RUN(logarithms_ascend_without_a_gap);
    RUN(logarithms_of_strange_numbers_are_defined);
    RUN(a_nan_gives_way);
    return failures != 0;
}
