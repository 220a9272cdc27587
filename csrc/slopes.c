/* SPDX-License-Identifier: BSD-3-Clause
 * slopes.c - the derivatives of elementary functions of numbers, as the table of identities has them for arrays. */
#include "numjac.h"

#include <math.h>

#define LN2 0.693147180559945309417
#define LN10 2.30258509299404568402

double numjac_slope(int function, double x, double y) {
    switch ((numjac_function_code)function) {
    case NUMJAC_POSITIVE:
        return 1;
    case NUMJAC_NEGATIVE:
        return -1;
    case NUMJAC_ABSOLUTE:
        return (x > 0) - (x < 0);
    case NUMJAC_SQUARE:
        return 2 * x;
    case NUMJAC_RECIPROCAL:
        return -y * y;
    case NUMJAC_SQRT:
        return 0.5 / y;
    case NUMJAC_CBRT:
        return 1 / (3 * y * y);
    case NUMJAC_EXP:
        return y;
    case NUMJAC_EXP2:
        return LN2 * y;
    case NUMJAC_EXPM1:
        return exp(x);
    case NUMJAC_LOG:
        return 1 / x;
    case NUMJAC_LOG2:
        return 1 / (LN2 * x);
    case NUMJAC_LOG10:
        return 1 / (LN10 * x);
    case NUMJAC_LOG1P:
        return 1 / (1 + x);
    case NUMJAC_SIN:
        return cos(x);
    case NUMJAC_COS:
        return -sin(x);
    case NUMJAC_TAN:
        return 1 + y * y;
    case NUMJAC_ARCSIN:
        return 1 / sqrt((1 - x) * (1 + x));
    case NUMJAC_ARCCOS:
        return -1 / sqrt((1 - x) * (1 + x));
    case NUMJAC_ARCTAN:
        return 1 / (1 + x * x);
    case NUMJAC_SINH:
        return cosh(x);
    case NUMJAC_COSH:
        return sinh(x);
    case NUMJAC_TANH: {
        double c = 1 / cosh(x); /* 1 - y^2 would lose all digits where y is 1 */
        return c * c;
    }
    case NUMJAC_ARCSINH:
        return 1 / hypot(1, x);
    case NUMJAC_ARCCOSH:
        return 1 / (sqrt(x - 1) * sqrt(x + 1));
    case NUMJAC_ARCTANH:
        return 1 / ((1 - x) * (1 + x));
    default:
        return NAN;
    }
}

/* x^p: p x^(p-1) and y log x. A power 0 does not depend on x; a base 0 does not feel a positive power. */
static void power(double x, double p, double y, double *by_x, double *by_p) {
    *by_x = p == 0 ? 0 : p == 2 ? 2 * x : p * pow(x, p - 1);
    *by_p = x == 0 && p > 0 ? 0 : y * log(x);
}

void numjac_slopes(int function, double a, double b, double y, double *by_a, double *by_b) {
    switch ((numjac_function_code)function) {
    case NUMJAC_ADD:
        *by_a = *by_b = 1;
        return;
    case NUMJAC_SUBTRACT:
        *by_a = 1, *by_b = -1;
        return;
    case NUMJAC_MULTIPLY:
        *by_a = b, *by_b = a;
        return;
    case NUMJAC_DIVIDE:
        *by_a = 1 / b, *by_b = -y / b;
        return;
    case NUMJAC_POWER:
        power(a, b, y, by_a, by_b);
        return;
    case NUMJAC_HYPOT:
        *by_a = a / y, *by_b = b / y;
        return;
    case NUMJAC_ARCTAN2: {
        double size = hypot(a, b);
        *by_a = b / size / size, *by_b = -a / size / size;
        return;
    }
    default:
        *by_a = *by_b = NAN;
    }
}

double numjac_bend(int function, double x, double y) {
    double slope = numjac_slope(function, x, y);
    switch ((numjac_function_code)function) {
    case NUMJAC_POSITIVE:
    case NUMJAC_NEGATIVE:
    case NUMJAC_ABSOLUTE:
        return 0;
    case NUMJAC_SQUARE:
        return 2;
    case NUMJAC_RECIPROCAL:
        return 2 * y * y * y;
    case NUMJAC_SQRT:
        return -0.25 / (x * y);
    case NUMJAC_CBRT:
        return -2 * slope / (3 * x);
    case NUMJAC_EXP:
    case NUMJAC_EXPM1:
        return slope;
    case NUMJAC_EXP2:
        return slope * slope / y;
    case NUMJAC_LOG:
    case NUMJAC_LOG2:
    case NUMJAC_LOG10:
        return -slope / x;
    case NUMJAC_LOG1P:
        return -slope * slope;
    case NUMJAC_SIN:
    case NUMJAC_COS:
        return -y;
    case NUMJAC_TAN:
        return 2 * y * slope;
    case NUMJAC_ARCSIN:
    case NUMJAC_ARCCOS:
        return x * slope / ((1 - x) * (1 + x));
    case NUMJAC_ARCTAN:
        return -2 * x * slope * slope;
    case NUMJAC_SINH:
    case NUMJAC_COSH:
        return y;
    case NUMJAC_TANH:
        return -2 * y * slope;
    case NUMJAC_ARCSINH:
        return -x * slope * slope * slope;
    case NUMJAC_ARCCOSH:
        return -x * slope / ((x - 1) * (x + 1));
    case NUMJAC_ARCTANH:
        return 2 * x * slope * slope;
    default:
        return NAN;
    }
}

/* x^p; at a base or a power of 0 only what is finite there. */
static void power_bends(double x, double p, double y, double *xx, double *xp, double *pp) {
    double log_x = log(x);
    *xx = p == 0 || p == 1 ? 0 : p == 2 ? 2 : p * (p - 1) * pow(x, p - 2);
    *xp = x == 0 && p > 1 ? 0 : pow(x, p - 1) * (1 + p * log_x);
    *pp = x == 0 && p > 0 ? 0 : y * log_x * log_x;
}

void numjac_bends(int function, double a, double b, double y, double *aa, double *ab, double *bb) {
    double size, c, s;
    *aa = *ab = *bb = 0;
    switch ((numjac_function_code)function) {
    case NUMJAC_ADD:
    case NUMJAC_SUBTRACT:
        return;
    case NUMJAC_MULTIPLY:
        *ab = 1;
        return;
    case NUMJAC_DIVIDE:
        *ab = -1 / (b * b), *bb = 2 * y / (b * b);
        return;
    case NUMJAC_POWER:
        power_bends(a, b, y, aa, ab, bb);
        return;
    case NUMJAC_HYPOT:
        c = a / y, s = b / y;
        *aa = s * s / y, *bb = c * c / y, *ab = -c * s / y;
        return;
    case NUMJAC_ARCTAN2:
        size = hypot(a, b), s = a / size, c = b / size;
        *aa = -2 * s * c / size / size, *bb = -*aa, *ab = (s * s - c * c) / size / size;
        return;
    default:
        *aa = *ab = *bb = NAN;
    }
}
