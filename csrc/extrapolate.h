/* SPDX-License-Identifier: BSD-3-Clause
 * extrapolate.h - what a table of levels says of a derivative; shared by the planner and the trials, no part of the
 * interface.
 *
 * A *level* is what is known at one step h: of a line that is sampled on both sides the odd and the even part
 *
 *     odd = [f(x+h) - f(x-h)] / 2 = f'h + f'''h^3/6 + ...,     even = [f(x+h) + f(x-h)] / 2 - f(x) = f''h^2/2 + ...,
 *
 * of one that is sampled on one side the change f(x+-h) - f(x) = +-f'h + f''h^2/2 +- ... . Levels are in ascending
 * order of h. A *subset* is a run of neighbouring levels; its polynomial in s = (h/H)^2, or s = h/H on one side, H
 * being its largest step, extrapolates to h = 0. All arithmetic is in units of H and of a power of two near max|f|, so
 * it can neither overflow nor underflow. */
#ifndef NUMJAC_EXTRAPOLATE_H
#define NUMJAC_EXTRAPOLATE_H

#include "numjac.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

enum { WIDEST = 8, SUBSETS = NUMJAC_LEVELS * WIDEST };

/* The geometry of a subset: it depends on the steps alone, so all outputs share it. */
typedef struct {
    int first, size;          /* levels first ... first + size - 1 */
    double H;                 /* the largest step */
    double product;           /* what the next coefficient is multiplied by in the extrapolated value */
    double s[WIDEST];         /* the abscissae */
    double up[WIDEST];        /* H / h */
    double W[WIDEST][WIDEST]; /* coefficient l of the polynomial is sum_j W[l][j] y_j */
    double odd[WIDEST];       /* independent errors of size 1 in the levels add up to this in coefficient l, odd part */
    double even[WIDEST];      /* even part */
    double least[WIDEST];     /* of the parts that there are, the one that says more */
} subset;

/* All subsets of a table, and where each begins: subset (first, size) is number start[first] + size - 1. */
typedef struct {
    int levels, start[NUMJAC_LEVELS];
    int onesided, target; /* sampled on one side only; derivative 1 or 2 is wanted */
    double h[NUMJAC_LEVELS];
    subset at[SUBSETS];
} geometry;

/* The levels of one output, scaled by a power of two. */
typedef struct {
    double odd[NUMJAC_LEVELS], even[NUMJAC_LEVELS];
    double noise[NUMJAC_LEVELS]; /* errors of the samples up to this level */
    double argument;             /* error of the argument of f: times f' it adds to the noise */
    double most;                 /* but no more than this many times the noise */
} levels;

/* The best that can be said of one output. */
typedef struct {
    double value, error; /* error is infinite if nothing is resolved */
    double size, decay;  /* model: term l of the series at step H is size * decay^(l-1) */
    double H, noise;
    int resolved;
} model;

/* The subsets of a table of steps h[levels], ascending. */
void numjac_geometry(int count, const double *h, int onesided, int target, geometry *table);

/* What the levels of one output say. `prior` is the decay to expect per unit of h where one level can not tell. */
model numjac_extrapolate(const geometry *table, const levels *output, double prior);

/* NUMJAC_KINK or NUMJAC_JUMP; 0 if it is neither; NUMJAC_UNRESOLVED if it looks like one and smaller steps have to
 * confirm it. `size` is the magnitude of x. */
unsigned short numjac_corner(const geometry *table, const levels *output, double size);

/* The largest change of an output along the line, in units of its noise. */
double numjac_signal(const geometry *table, const levels *output);

/* The model of the smallest level alone. */
model numjac_smallest(const geometry *table, const levels *output, double prior);

/* fmax and fmin where they are no calls; a NaN gives way to a number. */
static inline double numjac_larger(double a, double b) { return a > b || b != b ? a : b; }
static inline double numjac_smaller(double a, double b) { return a < b || b != b ? a : b; }

/* The larger of two numbers, none of which is NaN. */
static inline double numjac_max(double a, double b) { return a > b ? a : b; }

/* 2^k for the exponents of normal numbers, and the exponent of a normal number. */
static inline double numjac_power(int k) {
    uint64_t bits = (uint64_t)(k + DBL_MAX_EXP - 1) << (DBL_MANT_DIG - 1);
    double power;
    memcpy(&power, &bits, sizeof power);
    return power;
}

static inline int numjac_exponent(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return (int)(bits >> (DBL_MANT_DIG - 1) & 0x7FF) - (DBL_MAX_EXP - 1);
}

/* x / 2^exponent, for a normal number. */
static inline double numjac_mantissa(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    bits = (bits & (((uint64_t)1 << (DBL_MANT_DIG - 1)) - 1)) | (uint64_t)(DBL_MAX_EXP - 1) << (DBL_MANT_DIG - 1);
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* ldexp. */
static inline double numjac_scale(double x, int k) {
    return k < DBL_MIN_EXP || k >= DBL_MAX_EXP ? ldexp(x, k) : x * numjac_power(k);
}

/* log2 and 2^y to about a hundredth, from arithmetic alone: the same on every platform. Continuous and ascending, the
 * logarithm but for its rounding; the
 * logarithm of what is no positive number is less than any other, that of infinity is greater. */
static inline double numjac_log2(double x) {
    int exponent = 0;
    if (!(x > 0))
        return -DBL_MAX_EXP * 4.0;
    if (x > DBL_MAX)
        return DBL_MAX_EXP * 4.0;
    if (x < DBL_MIN) /* subnormal */
        x = ldexp(x, DBL_MANT_DIG), exponent = -DBL_MANT_DIG;
    exponent += numjac_exponent(x);
    double m = numjac_mantissa(x);
    return exponent + ((-1.0 / 3.0) * m + 2.0) * m - 5.0 / 3.0;
}

static inline double numjac_exp2(double y) {
    if (!(y >= DBL_MIN_EXP - 60))
        return 0.0;
    if (y >= DBL_MAX_EXP)
        return INFINITY;
    int whole = (int)y - (y < (int)y);
    double part = y - whole, m = ((1.0 / 3.0) * part + 2.0 / 3.0) * part + 1.0;
    return whole >= DBL_MIN_EXP - 1 ? m * numjac_power(whole) : ldexp(m, whole);
}

#endif
