/* SPDX-License-Identifier: BSD-3-Clause
 * test_nodes.c - from a step to two nodes. */
#include "check.h"
#include "numjac.h"

#include <float.h>
#include <math.h>

static const numjac_quotient CENTRAL = {1, -1, 1}, FORWARD = {1, 0, 1};

/* The nodes of one quotient at one number. */
static int nodes_of(double x, double h, const numjac_quotient *quotient, numjac_pair *nodes) {
    size_t column;
    return numjac_nodes(1, &x, 1, NULL, &h, 1, quotient, nodes, &column);
}

static double random_sign(void) { return random_bits() % 2 ? 1.0 : -1.0; }

/* Some x, and an h from far below to as large as x. */
static void some_step(double *x, double *h) {
    *x = random_sign() * ldexp(random_mantissa(), random_between(-900, 1000));
    *h = random_sign() * (random_between(0, 40) ? ldexp(*x * random_mantissa(), random_between(-50, -1)) : *x);
}

static void a_step_is_the_same_to_both_sides(void) {
    for (int k = 0; k < 20000; k++) {
        double x, h;
        numjac_pair nodes;
        some_step(&x, &h);
        CHECK(nodes_of(x, h, &CENTRAL, &nodes) == NUMJAC_OK);
        CHECK(nodes.upper - x == x - nodes.lower);
        CHECK(nodes.upper - nodes.lower == 2 * (nodes.upper - x));
    }
}

static void a_step_is_the_nearest_that_x_can_take(void) {
    for (int k = 0; k < 20000; k++) {
        double x, h;
        numjac_pair nodes;
        some_step(&x, &h);
        CHECK(nodes_of(x, h, &FORWARD, &nodes) == NUMJAC_OK);
        CHECK(nodes.lower == x);
        CHECK(fabs((nodes.upper - x) - h) <= DBL_EPSILON * fabs(x));
        CHECK((nodes.upper > x) == (h > 0));
    }
}

static void zero_takes_any_step(void) {
    const double zero[] = {0.0, -0.0}, step[] = {1.0, -0.1, 1e-300, DBL_TRUE_MIN, -1e300};
    for (size_t k = 0; k < 10; k++) {
        numjac_pair nodes;
        CHECK(nodes_of(zero[k / 5], step[k % 5], &CENTRAL, &nodes) == NUMJAC_OK);
        CHECK(nodes.upper == step[k % 5] && nodes.lower == -step[k % 5]);
    }
}

static void a_stencil_has_its_nodes_in_units_of_the_step(void) {
    const numjac_quotient stencil[] = {{1, -1, 4.0 / 3}, {2, -2, -1.0 / 3}, {-3, 0, 0}};
    const numjac_pair expected[] = {{5.25, 4.75}, {5.5, 4.5}, {4.25, 5.0}};
    const double x = 5.0, h = 0.25;
    numjac_pair nodes[3];
    size_t column;
    CHECK(numjac_nodes(1, &x, 1, NULL, &h, 3, stencil, nodes, &column) == NUMJAC_OK);
    CHECK(same(nodes, expected, sizeof nodes));
}

static void the_step_belongs_to_the_column_and_x_to_the_entry(void) {
    const double x[] = {10.0, 20.0, 30.0}, h[] = {1.0, 2.0, 4.0, 8.0};
    const ptrdiff_t entry[] = {2, 0, 2, 1};
    const numjac_pair expected[] = {{31.0, 29.0}, {12.0, 8.0}, {34.0, 26.0}, {28.0, 12.0}};
    numjac_pair *nodes = guarded(sizeof expected);
    size_t column;
    CHECK(numjac_nodes(3, x, 4, entry, h, 1, &CENTRAL, nodes, &column) == NUMJAC_OK);
    CHECK(same(nodes, expected, sizeof expected));
    release(nodes, sizeof expected);
}

static void a_step_too_small_for_x_is_refused(void) {
    const double x[] = {1.0, -1.0, 1e300}, h[] = {0x1p-54, -0x1p-60, 1.0};
    numjac_pair nodes;
    for (size_t k = 0; k < 3; k++) {
        CHECK(nodes_of(x[k], h[k], &FORWARD, &nodes) == NUMJAC_NO_STEP);
        CHECK(nodes_of(x[k], h[k], &CENTRAL, &nodes) == NUMJAC_NO_STEP);
        CHECK(nodes_of(x[k], 0.0, &CENTRAL, &nodes) == NUMJAC_NO_STEP);
    }
    CHECK(nodes_of(0.0, 0.0, &FORWARD, &nodes) == NUMJAC_NO_STEP);
    CHECK(nodes_of(1.0, DBL_EPSILON, &FORWARD, &nodes) == NUMJAC_OK);
}

static void a_step_out_of_range_is_refused(void) {
    numjac_pair nodes;
    CHECK(nodes_of(DBL_MAX, 1e300, &FORWARD, &nodes) == NUMJAC_NO_NUMBER);
    CHECK(nodes_of(-DBL_MAX, 1e300, &CENTRAL, &nodes) == NUMJAC_NO_NUMBER);
    CHECK(nodes_of(1.0, INFINITY, &FORWARD, &nodes) == NUMJAC_NO_NUMBER);
    CHECK(nodes_of(1.0, NAN, &FORWARD, &nodes) == NUMJAC_NO_NUMBER);
    CHECK(nodes_of(0.5 * DBL_MAX, 1e300, &CENTRAL, &nodes) == NUMJAC_OK);
}

static void one_node_out_of_range_is_enough(void) {
    const numjac_quotient wide = {2, -2, 1};
    const double near = 0.9 * DBL_MAX, h = 0.09 * DBL_MAX;
    numjac_pair nodes;
    CHECK(nodes_of(near, h, &CENTRAL, &nodes) == NUMJAC_OK);
    CHECK(nodes_of(near, h, &wide, &nodes) == NUMJAC_NO_NUMBER);
    CHECK(nodes_of(-near, h, &wide, &nodes) == NUMJAC_NO_NUMBER);
    CHECK(nodes_of(0.0, 1.5e308, &CENTRAL, &nodes) == NUMJAC_NO_NUMBER); /* so is their distance */
}

static void at_the_end_of_the_range_a_step_goes_inward(void) {
    const numjac_quotient backward = {-1, 0, 1};
    numjac_pair nodes;
    CHECK(nodes_of(DBL_MAX, 1e300, &backward, &nodes) == NUMJAC_OK);
    CHECK(nodes.upper == DBL_MAX - 1e300 && nodes.lower == DBL_MAX);
    CHECK(nodes_of(-DBL_MAX, 1e300, &FORWARD, &nodes) == NUMJAC_OK);
    CHECK(nodes.upper == -DBL_MAX + 1e300 && nodes.lower == -DBL_MAX);
}

static void the_column_at_fault_is_named(void) {
    const double x[] = {1.0, 1e300, 1.0, DBL_MAX}, good[] = {1.0, 1e290, 1.0, -1e290};
    const double small[] = {1.0, 1e290, 1e-30, 0.0}, large[] = {1.0, 1e290, 1.0, 1e300};
    numjac_pair nodes[4];
    size_t column;
    CHECK(numjac_nodes(4, x, 3, NULL, good, 1, &CENTRAL, nodes, &column) == NUMJAC_OK);
    CHECK(numjac_nodes(4, x, 4, NULL, small, 1, &CENTRAL, nodes, &column) == NUMJAC_NO_STEP && column == 2);
    CHECK(numjac_nodes(4, x, 4, NULL, large, 1, &CENTRAL, nodes, &column) == NUMJAC_NO_NUMBER && column == 3);
}

static void an_entry_outside_x_is_refused(void) {
    const ptrdiff_t outside[] = {3, -1, PTRDIFF_MAX, PTRDIFF_MIN};
    const double x[] = {1.0, 2.0, 3.0}, h[] = {1.0, 1.0, 1.0, 1.0};
    numjac_pair nodes[4];
    size_t column;
    for (size_t k = 0; k < 4; k++) {
        const ptrdiff_t entry[] = {2, outside[k], 0};
        CHECK(numjac_nodes(3, x, 3, entry, h, 1, &CENTRAL, nodes, &column) == NUMJAC_NO_ENTRY && column == 1);
    }
    CHECK(numjac_nodes(3, x, 4, NULL, h, 1, &CENTRAL, nodes, &column) == NUMJAC_NO_ENTRY && column == 3);
}

static void a_point_that_is_not_finite_is_no_failure(void) {
    const double x[] = {NAN, INFINITY, -INFINITY}, h[] = {1.0, -1.0, INFINITY};
    for (size_t k = 0; k < 9; k++) {
        numjac_pair nodes;
        CHECK(nodes_of(x[k / 3], h[k % 3], &CENTRAL, &nodes) == NUMJAC_OK);
        CHECK(!isfinite(nodes.upper) && !isfinite(nodes.lower));
    }
}

static void no_columns_write_nothing(void) {
    numjac_pair *nodes = guarded(0);
    size_t column;
    CHECK(numjac_nodes(0, NULL, 0, NULL, NULL, 1, &CENTRAL, nodes, &column) == NUMJAC_OK);
    release(nodes, 0);
}

int main(void) {
    RUN(a_step_is_the_same_to_both_sides);
    RUN(a_step_is_the_nearest_that_x_can_take);
    RUN(zero_takes_any_step);
    RUN(a_stencil_has_its_nodes_in_units_of_the_step);
    RUN(the_step_belongs_to_the_column_and_x_to_the_entry);
    RUN(a_step_too_small_for_x_is_refused);
    RUN(a_step_out_of_range_is_refused);
    RUN(one_node_out_of_range_is_enough);
    RUN(at_the_end_of_the_range_a_step_goes_inward);
    RUN(the_column_at_fault_is_named);
    RUN(an_entry_outside_x_is_refused);
    RUN(a_point_that_is_not_finite_is_no_failure);
    RUN(no_columns_write_nothing);
    return failures != 0;
}
