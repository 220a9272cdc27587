/* SPDX-License-Identifier: BSD-3-Clause
 * situation.h - what is known of a line when a decision is due; shared by the trials and the judgement, no part of the
 * interface. */
#ifndef NUMJAC_SITUATION_H
#define NUMJAC_SITUATION_H

#include "planner.h"

enum { UP = 1, DOWN = 2, BOTH = UP | DOWN };

#define GROW 10 /* where nothing moves the step is multiplied by 2^10 */

typedef struct {
    numjac_trial *trial;
    const numjac_outputs *f;
    const double *samples; /* [levels][2][m] */
    geometry *table;       /* steps in units of 2^unit, near the magnitude of x: their squares are in range */
    int unit;
    double size, argument;     /* the magnitude of x, and the rounding of the argument of f, in the same units */
    int growing;               /* the first level may be the wrong one, and steps can be much longer */
    int order[NUMJAC_LEVELS];  /* usable levels by ascending step */
    model kept[NUMJAC_VOICES]; /* what was found of the first outputs that move */
} situation;

/* How many outputs are in which state; of those that move. */
typedef struct {
    size_t alive, moving, changing, unresolved, imprecise;
} census;

/* A step in units of the table. */
static inline double scaled(const situation *now, double h) { return ldexp(h, -now->unit); }

static inline double sample(const situation *now, int level, int side, size_t i) {
    return now->samples[(2 * (size_t)level + (side == DOWN)) * now->f->m + i];
}

static inline int usable(const numjac_trial *t, int level) {
    int sides = t->onesided ? t->onesided : BOTH;
    return (t->finite[level] & sides) == sides;
}

/* Which sides of a level are finite in all outputs that are alive. */
int numjac_finite_sides(const situation *now, int level, const unsigned short *flags);

/* The table of all usable levels, and from it all outputs as they are known now. */
census numjac_survey(situation *now, double *V, double *E, unsigned short *flags);

/* Outputs that are asked where to go: evenly spaced among those that have something to say. */
size_t numjac_voices(const situation *now, const unsigned short *flags, const census *all,
                     model *voice /* [NUMJAC_VOICES] */);

#endif
