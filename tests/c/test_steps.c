/* SPDX-License-Identifier: BSD-3-Clause
 * test_steps.c - steps in proportion to x. */
#include "check.h"
#include "numjac.h"

#include <float.h>
#include <math.h>

static const double RELATIVE = 0x1p-26; /* a power of two: what is in proportion is so exactly */

/* The step for one number. */
static double step(double x, const double *scale, double relative) {
    double h;
    numjac_steps(1, &x, scale, relative, &h);
    return h;
}

static void a_step_is_in_proportion_to_the_magnitude_of_x(void) {
    for (int k = 0; k < 1000; k++) {
        double x = ldexp(random_mantissa(), random_between(-990, 1023));
        CHECK(step(x, NULL, RELATIVE) == ldexp(x, -26));
        CHECK(step(-x, NULL, RELATIVE) == ldexp(x, -26));
    }
}

static void zero_counts_as_one(void) {
    CHECK(step(0.0, NULL, RELATIVE) == RELATIVE);
    CHECK(step(-0.0, NULL, RELATIVE) == RELATIVE);
}

static void a_subnormal_number_counts_as_one(void) {
    CHECK(step(DBL_TRUE_MIN, NULL, RELATIVE) == RELATIVE);
    CHECK(step(-nextafter(DBL_MIN, 0.0), NULL, RELATIVE) == RELATIVE);
    CHECK(step(DBL_MIN, NULL, 0.5) == 0.5 * DBL_MIN);
}

static void the_larger_of_x_and_scale_counts(void) {
    const double large = 8.0, small = 0x1p-30, none = 0.0;
    CHECK(step(3.0, &large, RELATIVE) == 8.0 * RELATIVE);
    CHECK(step(-3.0, &small, RELATIVE) == 3.0 * RELATIVE);
    CHECK(step(0.0, &small, RELATIVE) == small * RELATIVE);
    CHECK(step(0x1p-1030, &small, RELATIVE) == small * RELATIVE);
    CHECK(step(0.0, &none, RELATIVE) == 0.0);
}

static void each_entry_has_its_own_scale(void) {
    const double x[] = {1.0, 1.0, 1.0, 1.0}, scale[] = {2.0, 0.5, 16.0, 1.0}, expected[] = {2.0, 1.0, 16.0, 1.0};
    double *h = doubles(4);
    numjac_steps(4, x, scale, 1.0, h);
    CHECK(same(h, expected, sizeof expected));
    release(h, sizeof expected);
}

static void a_huge_x_has_a_finite_step(void) {
    CHECK(step(DBL_MAX, NULL, RELATIVE) == ldexp(DBL_MAX, -26));
    CHECK(step(-DBL_MAX, NULL, RELATIVE) == ldexp(DBL_MAX, -26));
}

static void what_is_not_finite_stays_so(void) {
    const double scale = 1.0;
    CHECK(isnan(step(NAN, NULL, RELATIVE)));
    CHECK(isnan(step(NAN, &scale, RELATIVE)));
    CHECK(isinf(step(-INFINITY, &scale, RELATIVE)));
}

static void a_negative_relative_step_goes_the_other_way(void) {
    const double x[] = {3.0, -3.0, 0.0, 1e-320, 0.1};
    for (size_t j = 0; j < 5; j++)
        CHECK(step(x[j], NULL, -RELATIVE) == -step(x[j], NULL, RELATIVE) && step(x[j], NULL, -RELATIVE) < 0);
}

static void no_entries_write_nothing(void) {
    double *h = doubles(0);
    numjac_steps(0, NULL, NULL, RELATIVE, h);
    release(h, 0);
}

int main(void) {
    RUN(a_step_is_in_proportion_to_the_magnitude_of_x);
    RUN(zero_counts_as_one);
    RUN(a_subnormal_number_counts_as_one);
    RUN(the_larger_of_x_and_scale_counts);
    RUN(each_entry_has_its_own_scale);
    RUN(a_huge_x_has_a_finite_step);
    RUN(what_is_not_finite_stays_so);
    RUN(a_negative_relative_step_goes_the_other_way);
    RUN(no_entries_write_nothing);
    return failures != 0;
}
