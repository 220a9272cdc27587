/* SPDX-License-Identifier: BSD-3-Clause
 * corner.c - how much an output changes along a line, and whether it has a corner or jumps. */
#include "extrapolate.h"

#define SHARP 1e-9       /* a jump is one if it is seen over so small a part of the magnitude */
#define INFORMATIVE 75.0 /* an even part above so many tells a corner from a curve */

/* The part of a level that tells a kink: the even one; or a jump, which either may show. */
static double part(const levels *output, int k, int jump) {
    return numjac_larger(fabs(output->even[k]), jump ? fabs(output->odd[k]) : 0.0);
}

/* The exponent of h in that part between two levels; 9 where nothing can be told. */
static double exponent(const geometry *table, const levels *output, int k, int jump) {
    double small = part(output, k, jump), large = part(output, k + 1, jump);
    double ratio = table->h[k + 1] / table->h[k];
    if (ratio < 2.0 || small < INFORMATIVE * output->noise[k + 1] || large == 0)
        return 9.0;
    if (large >= small * (jump ? ratio : ratio * sqrt(ratio))) /* smooth: most are, and logarithms take long */
        return 9.0;
    return (numjac_log2(large) - numjac_log2(small)) / numjac_log2(ratio);
}

/* How many pairs of neighbouring levels, from the smallest upward, have the exponent of a jump, 0, or of a kink, 1. */
static int agreeing(const geometry *table, const levels *output, int jump) {
    int k = 0;
    while (k + 1 < table->levels && fabs(exponent(table, output, k, jump) - !jump) < 0.3)
        k++;
    return k;
}

/* A corner or a jump at x; 0 if it is neither, NUMJAC_UNRESOLVED if it looks like one and smaller steps have to
 * confirm it: those of a jump down to the smallest, for a pole beside x looks like one from afar. */
unsigned short numjac_corner(const geometry *table, const levels *output, double size) {
    if (table->onesided)
        return 0;
    int kink = agreeing(table, output, 0), jump = agreeing(table, output, 1);
    if (kink >= 2)
        return NUMJAC_KINK;
    if (jump >= 3 && table->h[0] <= SHARP * size)
        return NUMJAC_JUMP;
    return kink || jump ? NUMJAC_UNRESOLVED : 0;
}

double numjac_signal(const geometry *table, const levels *output) {
    double largest = 0.0;
    for (int k = 0; k < table->levels; k++)
        largest = numjac_max(largest, numjac_max(fabs(output->odd[k]), fabs(output->even[k])));
    return largest / output->noise[table->levels - 1];
}
