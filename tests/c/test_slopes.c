/* SPDX-License-Identifier: BSD-3-Clause
 * test_slopes.c - derivatives of elementary functions against differences of the functions themselves.
 *
 * Central differences of order 4 with h = 2^-10: truncation h^4 f5/30, about 1e-13 f5, and rounding 1e-13; f5 of these
 * functions at these points is below a thousand, so 1e-9 is asked for. */
#include "check.h"
#include "numjac.h"

#include <math.h>

static double self(double x) { return x; }
static double negative(double x) { return -x; }
static double square(double x) { return x * x; }
static double reciprocal(double x) { return 1 / x; }
static double base_2(double x) { return exp2(x); }

static const struct {
    int code;
    double (*f)(double);
    double x[3];
} ONE[] = {
    {NUMJAC_POSITIVE, self, {-1, 0, 2}},
    {NUMJAC_NEGATIVE, negative, {-1, 0, 2}},
    {NUMJAC_ABSOLUTE, fabs, {-1, 0.5, 2}},
    {NUMJAC_SQUARE, square, {-1, 0, 2}},
    {NUMJAC_RECIPROCAL, reciprocal, {-1, 0.6, 2}},
    {NUMJAC_SQRT, sqrt, {0.5, 1, 2}},
    {NUMJAC_CBRT, cbrt, {-1, 0.6, 2}},
    {NUMJAC_EXP, exp, {-1, 0, 2}},
    {NUMJAC_EXP2, base_2, {-1, 0, 2}},
    {NUMJAC_EXPM1, expm1, {-1, 0, 2}},
    {NUMJAC_LOG, log, {0.6, 1, 2}},
    {NUMJAC_LOG2, log2, {0.6, 1, 2}},
    {NUMJAC_LOG10, log10, {0.6, 1, 2}},
    {NUMJAC_LOG1P, log1p, {-0.3, 0, 2}},
    {NUMJAC_SIN, sin, {-1, 0, 2}},
    {NUMJAC_COS, cos, {-1, 0, 2}},
    {NUMJAC_TAN, tan, {-0.8, 0, 0.9}},
    {NUMJAC_ARCSIN, asin, {-0.5, 0, 0.4}},
    {NUMJAC_ARCCOS, acos, {-0.5, 0, 0.4}},
    {NUMJAC_ARCTAN, atan, {-1, 0, 2}},
    {NUMJAC_SINH, sinh, {-1, 0, 2}},
    {NUMJAC_COSH, cosh, {-1, 0, 2}},
    {NUMJAC_TANH, tanh, {-1, 0.1, 2}},
    {NUMJAC_ARCSINH, asinh, {-1, 0.1, 2}},
    {NUMJAC_ARCCOSH, acosh, {1.6, 2, 3}},
    {NUMJAC_ARCTANH, atanh, {-0.5, 0.1, 0.4}},
};

static double sum(double a, double b) { return a + b; }
static double difference(double a, double b) { return a - b; }
static double product(double a, double b) { return a * b; }
static double quotient(double a, double b) { return a / b; }

static const struct {
    int code;
    double (*f)(double, double);
} TWO[] = {
    {NUMJAC_ADD, sum},   {NUMJAC_SUBTRACT, difference}, {NUMJAC_MULTIPLY, product}, {NUMJAC_DIVIDE, quotient},
    {NUMJAC_POWER, pow}, {NUMJAC_HYPOT, hypot},         {NUMJAC_ARCTAN2, atan2},
};

static const double H = 0x1p-10;

static double stencil(double a, double b, double c, double d) { return (8 * (c - b) - (d - a)) / (12 * H); }

static int close(double found, double expected) { return fabs(found - expected) <= 1e-9 * (1 + fabs(expected)); }

static double slope_at(int code, double (*f)(double), double x) { return numjac_slope(code, x, f(x)); }

static void slopes_of_one_argument(void) {
    for (size_t k = 0; k < sizeof ONE / sizeof *ONE; k++)
        for (int i = 0; i < 3; i++) {
            double x = ONE[k].x[i], (*f)(double) = ONE[k].f;
            int code = ONE[k].code;
            CHECK(close(slope_at(code, f, x), stencil(f(x - 2 * H), f(x - H), f(x + H), f(x + 2 * H))));
            CHECK(close(numjac_bend(code, x, f(x)), stencil(slope_at(code, f, x - 2 * H), slope_at(code, f, x - H),
                                                            slope_at(code, f, x + H), slope_at(code, f, x + 2 * H))));
        }
}

static void slopes_of_two_arguments(void) {
    const double A[] = {0.7, 1.3}, B[] = {0.9, 2.1};
    for (size_t k = 0; k < sizeof TWO / sizeof *TWO; k++)
        for (int i = 0; i < 4; i++) {
            double a = A[i % 2], b = B[i / 2], by_a, by_b, aa, ab, bb, p[5][2], q[5][2];
            double (*f)(double, double) = TWO[k].f;
            numjac_slopes(TWO[k].code, a, b, f(a, b), &by_a, &by_b);
            numjac_bends(TWO[k].code, a, b, f(a, b), &aa, &ab, &bb);
            CHECK(close(by_a, stencil(f(a - 2 * H, b), f(a - H, b), f(a + H, b), f(a + 2 * H, b))));
            CHECK(close(by_b, stencil(f(a, b - 2 * H), f(a, b - H), f(a, b + H), f(a, b + 2 * H))));
            for (int s = 0; s < 5; s++) {
                double d = (s - 2) * H;
                numjac_slopes(TWO[k].code, a + d, b, f(a + d, b), &p[s][0], &p[s][1]);
                numjac_slopes(TWO[k].code, a, b + d, f(a, b + d), &q[s][0], &q[s][1]);
            }
            CHECK(close(aa, stencil(p[0][0], p[1][0], p[3][0], p[4][0])));
            CHECK(close(ab, stencil(p[0][1], p[1][1], p[3][1], p[4][1])));
            CHECK(close(bb, stencil(q[0][1], q[1][1], q[3][1], q[4][1])));
        }
}

static void an_unknown_code_has_no_slope(void) {
    double a = 0, b = 0, c = 0;
    for (int code = -1; code < 1000; code += 1000) {
        CHECK(isnan(numjac_slope(code, 1, 1)));
        CHECK(isnan(numjac_bend(code, 1, 1)));
        numjac_slopes(code, 1, 1, 1, &a, &b);
        CHECK(isnan(a) && isnan(b));
        numjac_bends(code, 1, 1, 1, &a, &b, &c);
        CHECK(isnan(a) && isnan(b) && isnan(c));
    }
}

static void powers_at_zero(void) {
    double by_x, by_p;
    numjac_slopes(NUMJAC_POWER, 0, 0, 1, &by_x, &by_p);
    CHECK(by_x == 0);
    numjac_slopes(NUMJAC_POWER, 0, 2, 0, &by_x, &by_p);
    CHECK(by_x == 0 && by_p == 0);
    numjac_slopes(NUMJAC_POWER, -3, 3, -27, &by_x, &by_p);
    CHECK(by_x == 27);
}

int main(void) {
    RUN(slopes_of_one_argument);
    RUN(slopes_of_two_arguments);
    RUN(an_unknown_code_has_no_slope);
    RUN(powers_at_zero);
    return failures != 0;
}
