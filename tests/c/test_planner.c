/* SPDX-License-Identifier: BSD-3-Clause
 * test_planner.c - where the next level is planned. */
#include "check.h"
#include "planner.h"

static geometry table;
static model voice[NUMJAC_VOICES];

/* Some ascending steps, and models that are plausible for them. */
static size_t some_situation(void) {
    double h[NUMJAC_LEVELS] = {ldexp(random_mantissa(), random_between(-60, 60))};
    int height = random_between(1, NUMJAC_LEVELS);
    size_t count = (size_t)random_between(1, NUMJAC_VOICES);
    for (int k = 1; k < height; k++)
        h[k] = h[k - 1] * ldexp(random_mantissa(), random_between(0, 6));
    numjac_geometry(height, h, random_between(0, 1), random_between(1, 2), &table);
    for (size_t v = 0; v < count; v++)
        voice[v] = (model){1,
                           ldexp(random_mantissa(), random_between(-40, 10)),
                           1,
                           ldexp(random_mantissa(), random_between(-40, 0)),
                           h[random_between(0, height - 1)],
                           ldexp(1, random_between(-53, -20)),
                           1};
    return count;
}

static void a_planned_step_is_in_its_range_and_apart_from_all_levels(void) {
    for (int run = 0; run < 3000; run++) {
        size_t count = some_situation();
        double gain, largest = table.h[table.levels - 1],
                     most = largest * ldexp(random_mantissa(), random_between(-9, 9));
        int capped = random_between(0, 1);
        double h = numjac_plan(&table, most, capped, random_between(-1, 5), count, voice, &gain);
        CHECK(h >= 0 && h <= most);
        CHECK(capped || h <= 32 * largest);
        for (int k = 0; h > 0 && k < table.levels; k++)
            CHECK(h >= 1.15 * table.h[k] * (1 - 1e-15) || table.h[k] >= 1.15 * h * (1 - 1e-15));
    }
}

static void a_good_plan_gains(void) {
    const double h = 0x1p-10;
    double gain;
    numjac_geometry(1, &h, 0, 1, &table);
    voice[0] = (model){1, 1e-6, 1, 1e-6, h, 1e-16, 1};
    double next = numjac_plan(&table, 1, 0, 1, 1, voice, &gain);
    CHECK(next > 0 && gain > 3); /* two levels have next to no truncation */
}

static void extreme_steps_are_no_trouble(void) {
    const double steps[] = {DBL_TRUE_MIN, 1e-310, DBL_MIN, 1e-300, 1.0, 1e300, DBL_MAX, INFINITY, NAN};
    const double most[] = {0, DBL_TRUE_MIN, 1, DBL_MAX, INFINITY, NAN};
    for (int run = 0; run < 9 * 6 * 4; run++) {
        double gain, m = most[run % 6], h = steps[run / 6 % 9];
        numjac_geometry(1, &h, run / 54 % 2, 1 + run / 108, &table);
        voice[0] = (model){1, 1e300, 1, 1e-30, h, 1e-16, 1};
        double next = numjac_plan(&table, m, run % 2, run % 3, 1, voice, &gain);
        CHECK(next >= 0 && isfinite(next) && isfinite(gain) && !(next > m));
    }
}

int main(void) {
    RUN(a_planned_step_is_in_its_range_and_apart_from_all_levels);
    RUN(a_good_plan_gains);
    RUN(extreme_steps_are_no_trouble);
    return failures != 0;
}
