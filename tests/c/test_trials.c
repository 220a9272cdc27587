/* SPDX-License-Identifier: BSD-3-Clause
 * test_trials.c - what becomes of a line, whatever f returns. */
#include "check.h"
#include "numjac.h"

#include <float.h>
#include <math.h>

enum { MOST_OUTPUTS = 12 };

static numjac_desk desk;

static numjac_trial line_at(double x, int pairs, int target) {
    double size = fabs(x) < DBL_MIN ? 1.0 : fabs(x);
    numjac_trial t = {.x = x, .size = size, .low = 0.5 * size, .high = 0.5 * size, .eps = DBL_EPSILON};
    t.first = 1e-3, t.pairs = pairs, t.target = target;
    return t;
}

static void a_smooth_function_is_found(void) {
    for (int pairs = 1; pairs <= 4; pairs++) {
        const double value = sin(1.0), noise = 0.0;
        const unsigned char blind = 0;
        const numjac_outputs f = {1, &value, &noise, &blind, 0x1p-53};
        double samples[NUMJAC_LEVELS][2], V, E;
        unsigned short flags;
        numjac_trial t = line_at(1.0, pairs, 1);
        for (numjac_trial_begin(&t); t.next > 0;) {
            samples[t.count][0] = sin(1.0 + t.next), samples[t.count][1] = sin(1.0 - t.next);
            CHECK(t.sides == 3);
            numjac_trial_next(&t, &f, &samples[0][0], &V, &E, &flags, &desk);
        }
        CHECK(flags == 0 && fabs(V - cos(1.0)) <= E && E < (pairs == 1 ? 1e-5 : 1e-9));
    }
}

/* Nothing moves at the first step, nor at one that is 2^10 times larger. */
static void something_narrow_about_zero_is_found(void) {
    const double value = 0.0, noise = 0.0;
    const unsigned char blind = 0;
    const numjac_outputs f = {1, &value, &noise, &blind, 0x1p-53};
    double samples[NUMJAC_LEVELS][2], V, E;
    unsigned short flags;
    numjac_trial t = line_at(0.0, 2, 1);
    t.low = t.high = 10.0;
    for (numjac_trial_begin(&t); t.next > 0;) {
        double h = t.next, narrow = 1e6 * h;
        samples[t.count][0] = h * exp(-narrow * narrow), samples[t.count][1] = -samples[t.count][0];
        numjac_trial_next(&t, &f, &samples[0][0], &V, &E, &flags, &desk);
    }
    CHECK(flags == 0 && fabs(V - 1.0) <= E && E < 1e-9);
}

/* A number of any kind. */
static double garbage(void) {
    const double strange[] = {0, -0.0, 1, DBL_TRUE_MIN, -DBL_MIN, DBL_MAX, -DBL_MAX, INFINITY, -INFINITY, NAN};
    uint64_t bits = random_bits();
    double number;
    memcpy(&number, &bits, sizeof number);
    return random_between(0, 1) ? number : strange[random_between(0, 9)];
}

/* Mostly finite and alike, or garbage. */
static double some_sample(int kind) {
    if (kind == 0 || random_between(0, 9) == 0)
        return garbage();
    return kind == 1 ? random_mantissa() : kind == 2 ? 1.0 : 1.0 + ldexp(random_mantissa(), random_between(-60, 0));
}

/* One line through garbage: exactly as much memory as is promised, so that a sanitizer sees what is beyond. */
static void one_line(size_t m, numjac_trial t, int kind) {
    double *value = doubles(m), *noise = doubles(m), *V = doubles(m), *E = doubles(m);
    unsigned char *blind = guarded(m);
    unsigned short *flags = guarded(m * sizeof *flags);
    double *samples = doubles(2 * m * NUMJAC_LEVELS);
    const numjac_outputs f = {m, value, noise, blind, 0x1p-53};
    int rounds = 0;
    for (size_t i = 0; i < m; i++)
        value[i] = some_sample(kind), noise[i] = random_between(0, 3) ? 0.0 : fabs(garbage()), blind[i] = i % 2;
    for (numjac_trial_begin(&t); t.next != 0 && rounds <= NUMJAC_LEVELS; rounds++) {
        CHECK(t.next > 0 && isfinite(t.next) && t.count == rounds && rounds < NUMJAC_LEVELS);
        CHECK(!(t.sides & 1) || t.next <= t.high);
        CHECK(!(t.sides & 2) || t.next <= t.low);
        for (size_t i = 0; i < 2 * m; i++)
            samples[2 * m * (size_t)rounds + i] = some_sample(kind);
        numjac_trial_next(&t, &f, samples, V, E, flags, &desk);
        for (size_t i = 0; i < m; i++)
            CHECK(!isinf(V[i]) && E[i] >= 0 && (isfinite(E[i]) || flags[i] || t.next > 0));
    }
    CHECK(t.next == 0);
    numjac_trial ended = t;
    numjac_trial_next(&t, &f, samples, V, E, flags, &desk);
    CHECK(same(&ended, &t, sizeof t)); /* a line that is finished stays as it is */
    release(value, m * sizeof *value), release(noise, m * sizeof *noise), release(V, m * sizeof *V);
    release(E, m * sizeof *E), release(blind, m), release(flags, m * sizeof *flags);
    release(samples, 2 * m * NUMJAC_LEVELS * sizeof *samples);
}

static void a_line_ends_whatever_f_returns(void) {
    const double points[] = {0, 1, -1, 1e-300, 1e300, DBL_TRUE_MIN, DBL_MIN, -DBL_MAX, DBL_MAX, 3.7e-155, 1e160};
    for (int run = 0; run < 20000; run++) {
        numjac_trial t = line_at(points[random_between(0, 10)], random_between(1, 8), random_between(1, 2));
        t.low *= random_between(0, 3) / 2.0, t.high *= random_between(0, 3) / 2.0;
        t.eps = ldexp(1.0, -random_between(10, 52));
        t.rtol = random_between(0, 1) ? 1e-3 : 0.0;
        t.frugal = random_between(0, 1), t.calm = random_between(0, 3) == 0;
        one_line((size_t)random_between(0, MOST_OUTPUTS), t, run % 4);
    }
}

static void strange_lines_are_no_trouble(void) {
    for (int run = 0; run < 20000; run++) {
        numjac_trial t = line_at(garbage(), random_between(1, 8), random_between(1, 2));
        t.size = fabs(garbage()), t.low = fabs(garbage()), t.high = fabs(garbage()), t.first = fabs(garbage());
        t.low = isnan(t.low) ? INFINITY : t.low, t.high = isnan(t.high) ? INFINITY : t.high;
        one_line((size_t)random_between(0, 3), t, run % 4);
    }
}

int main(void) {
    RUN(a_smooth_function_is_found);
    RUN(something_narrow_about_zero_is_found);
    RUN(a_line_ends_whatever_f_returns);
    RUN(strange_lines_are_no_trouble);
    return failures != 0;
}
