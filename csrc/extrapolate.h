/* SPDX-License-Identifier: BSD-3-Clause
 * extrapolate.h - what a table of levels says of a derivative; shared by the planner and the trials, no part of the
 * interface.
 *
 * A *level* is what is known at one step h: of a line that is sampled on both sides the odd and the even part
 *
 *     odd = [f(x+h) - f(x-h)] / 2 = f'h + f'''h^3/6 + ...,     even = [f(x+h) + f(x-h)] / 2 - f(x) = f''h^2/2 + ...,
 *
 * of one that is sampled on one side the change f(x+-h) - f(x) = +-f'h + f''h^2/2 +- ... . Levels are in ascending
 * order of h. A *subset* is a run of neighbouring levels; its polynomial in s = (h/H)^2, or s = h/H on one side, H being
 * its largest step, extrapolates to h = 0. All arithmetic is in units of H and of a power of two near max|f|, so it can
 * neither overflow nor underflow. */
#ifndef NUMJAC_EXTRAPOLATE_H
#define NUMJAC_EXTRAPOLATE_H

#include "numjac.h"

enum { WIDEST = 8, SUBSETS = NUMJAC_LEVELS * WIDEST };

/* The geometry of a subset: it depends on the steps alone, so all outputs share it. */
typedef struct {
    int first, size;       /* levels first ... first + size - 1 */
    double H;              /* the largest step */
    double product;        /* what the next coefficient is multiplied by in the extrapolated value */
    double s[WIDEST];      /* the abscissae */
    double W[WIDEST][WIDEST]; /* coefficient l of the polynomial is sum_j W[l][j] y_j */
    double odd[WIDEST];    /* independent errors of size 1 in the levels add up to this in coefficient l, odd part */
    double even[WIDEST];   /* even part */
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

/* The model of the smallest level alone. */
model numjac_smallest(const geometry *table, const levels *output, double prior);

/* log2 and 2^y to about a hundredth, from arithmetic alone: the same on every platform. */
double numjac_log2(double x);
double numjac_exp2(double y);

#endif
