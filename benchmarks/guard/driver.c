/* SPDX-License-Identifier: BSD-3-Clause
 * driver.c - the hot paths of the core, so often that callgrind can count them; guard.py runs it.
 *
 *     guard [SCENARIO]    this one, or all
 *
 * Only what lies between `begin` and `end` is counted; driver.py borrows both from the same file as a library. The
 * functions that are differentiated are a few multiplications: what is counted is the core. */
#if defined(__has_include)
#if !__has_include(<valgrind/callgrind.h>)
#error "missing: valgrind/callgrind.h (Debian: valgrind)"
#endif
#endif
#include <valgrind/callgrind.h>

#include "numjac.h"

#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST = 100,
    OUTPUTS = 10,
    BAND = 3,
    LONG = 1000,
    SIDE = 64,
    POINTS = SIDE * SIDE,
    EACH = 5,
    FULL = EACH * POINTS
};

void begin(void);
void end(const char *scenario, int calls);
int robertson(size_t n, const double *x, size_t m, double *y, void *data);

void begin(void) { CALLGRIND_START_INSTRUMENTATION; }

/* Counting ends before the label is written. */
void end(const char *scenario, int calls) {
    CALLGRIND_STOP_INSTRUMENTATION;
    char label[200];
    snprintf(label, sizeof label, "%s * %d", scenario, calls);
    CALLGRIND_DUMP_STATS_AT(label);
}

/* A status that says that nothing was measured but a refusal. */
static void need(int status) {
    if (status) {
        fprintf(stderr, "guard: %s\n", numjac_message(status));
        exit(1);
    }
}

static int squares(size_t n, const double *x, size_t m, double *y, void *data) {
    (void)data;
    for (size_t i = 0; i < m; i++)
        y[i] = x[i] * x[n - 1 - i];
    return 0;
}

/* The same, of complex numbers. */
static int complex_squares(size_t n, const double *x, size_t m, double *y, void *data) {
    (void)data;
    for (size_t i = 0; i < m; i++) {
        const double *a = x + 2 * i, *b = x + 2 * (n - 1 - i);
        y[2 * i] = a[0] * b[0] - a[1] * b[1], y[2 * i + 1] = a[0] * b[1] + a[1] * b[0];
    }
    return 0;
}

/* What a stiff solver would differentiate; driver.py hands its address to numjac.compiled. */
int robertson(size_t n, const double *x, size_t m, double *y, void *data) {
    (void)n, (void)m, (void)data;
    y[0] = -0.04 * x[0] + 1e4 * x[1] * x[2];
    y[2] = 3e7 * x[1] * x[1];
    y[1] = -y[0] - y[2];
    return 0;
}

/* ----------------------------------------------------------------------------------------------- dense columns */

static const numjac_team ALONE = {.threads = 1};
static const numjac_quotient FORWARD = {1, 0, 1}, CENTRAL = {1, -1, 1};

static double x[2 * LONG], value[2 * LONG], steps[LONG], work[6 * LONG + 1], J[2 * MOST * MOST], slope[BAND * LONG];
static numjac_pair nodes[LONG];

/* Steps, nodes and columns, as each Jacobian takes them. */
static void columns(size_t n, const numjac_quotient *stencil) {
    const numjac_function f = {n, n, x, value, squares, NULL};
    const numjac_table table = {.quotients = 1, .stencil = stencil, .count = n, .nodes = nodes};
    numjac_outcome outcome;
    size_t column;
    numjac_steps(n, x, NULL, 0x1p-20, steps);
    need(numjac_nodes(n, x, n, NULL, steps, 1, stencil, nodes, &column));
    need(numjac_columns(&f, &table, &ALONE, work, n, J, &outcome));
}

static void forward_10(void) { columns(10, &FORWARD); }
static void forward_100(void) { columns(100, &FORWARD); }
static void central_10(void) { columns(10, &CENTRAL); }
static void central_100(void) { columns(100, &CENTRAL); }

/* What moves are the imaginary parts, at every second place. */
static void complex_step(void) {
    static ptrdiff_t entry[OUTPUTS];
    const numjac_foreign foreign = {(void (*)(void))complex_squares, NULL, 2};
    numjac_function f = {2 * OUTPUTS, 2 * OUTPUTS, x, value, NULL, NULL};
    const numjac_table table = {1, &FORWARD, OUTPUTS, entry, NULL, nodes};
    numjac_outcome outcome;
    for (int j = 0; j < OUTPUTS; j++)
        entry[j] = 2 * j + 1, nodes[j] = (numjac_pair){0x1p-600, 0};
    need(numjac_adapt(&foreign, NUMJAC_SIZES | NUMJAC_DATA | NUMJAC_STATUS, &f));
    need(numjac_columns(&f, &table, &ALONE, work, OUTPUTS, J, &outcome));
}

/* -------------------------------------------------------------------------------------------- adaptive differences */

/* 1 / (1 + k x) for k = 1, 2, ...: series whose terms fall off ever more slowly. */
static void sample(double at, double *y) {
    for (int k = 0; k < OUTPUTS; k++)
        y[k] = 1 / (1 + (k + 1) * at);
}

static void trials(void) {
    static numjac_desk desk;
    static double samples[NUMJAC_LEVELS][2][OUTPUTS], V[OUTPUTS], E[OUTPUTS], noise[OUTPUTS], at_point[OUTPUTS];
    static unsigned char blind[OUTPUTS];
    unsigned short flags[OUTPUTS];
    const numjac_outputs f = {OUTPUTS, at_point, noise, blind, DBL_EPSILON / 2};
    numjac_trial t = {.x = 1, .size = 1, .low = 0.5, .high = 0.5, .eps = DBL_EPSILON, .first = 1e-3, .pairs = 3};
    t.target = 1;
    sample(t.x, at_point);
    for (numjac_trial_begin(&t); t.next > 0; numjac_trial_next(&t, &f, &samples[0][0][0], V, E, flags, &desk)) {
        sample(t.x + t.next, samples[t.count][0]);
        sample(t.x - t.next, samples[t.count][1]);
    }
}

/* -------------------------------------------------------------------------------------------- patterns and colours */

static ptrdiff_t column_start[POINTS + 1], row_start[POINTS + 1], mirror[FULL], next[POINTS];
static int32_t column_index[FULL], row_index[FULL], order[POINTS], color[POINTS];
static uint64_t desk[64 * POINTS];
static const numjac_lists BY_COLUMNS = {POINTS, POINTS, column_start, column_index};
static const numjac_lists BY_ROWS = {POINTS, POINTS, row_start, row_index};

/* Some rows of each column, in order; `k` says which. */
static void pattern(int (*list)(int column, int32_t *row)) {
    for (int j = 0; j < POINTS; j++)
        column_start[j + 1] = column_start[j] + list(j, column_index + column_start[j]);
    need(numjac_transpose(&BY_COLUMNS, row_start, row_index, NULL));
}

static int cross(int j, int32_t *row) {
    int count = 0, across = j % SIDE, down = j / SIDE;
    if (down > 0)
        row[count++] = j - SIDE;
    if (across > 0)
        row[count++] = j - 1;
    row[count++] = j;
    if (across < SIDE - 1)
        row[count++] = j + 1;
    if (down < SIDE - 1)
        row[count++] = j + SIDE;
    return count;
}

/* One row out of each fifth of them, by multiplications that scatter: the same on every machine. */
static int scattered(int j, int32_t *row) {
    for (int k = 0; k < EACH; k++) {
        uint32_t mixed = ((uint32_t)j * EACH + (uint32_t)k + 1) * UINT32_C(2654435761);
        mixed = (mixed ^ mixed >> 15) * UINT32_C(2246822519);
        row[k] = k * (POINTS / EACH) + (int32_t)((mixed ^ mixed >> 13) % (POINTS / EACH));
    }
    return EACH;
}

static void grid(void) { pattern(cross); }
static void random_pattern(void) { pattern(scattered); }

/* The orders that a planned Jacobian tries, and the colours by each. */
static void coloring(void) {
    static int (*const orders[])(const numjac_lists *, const numjac_lists *, uint64_t *, int32_t *) = {
        numjac_largest_first, numjac_smallest_last, numjac_incidence_degree, numjac_rounds_last, numjac_breadth_first};
    size_t colors;
    for (size_t k = 0; k < sizeof orders / sizeof *orders; k++) {
        need(orders[k](&BY_COLUMNS, &BY_ROWS, desk, order));
        need(numjac_first_fit(&BY_COLUMNS, order, desk, color, &colors));
    }
}

static void star(void) {
    size_t colors;
    need(numjac_mirror(&BY_COLUMNS, next, mirror));
    need(numjac_star(&BY_COLUMNS, mirror, NULL, desk, color, &colors));
}

/* ------------------------------------------------------------------------------------------------ compression */

static ptrdiff_t first[BAND + 1], entry[LONG], start[BAND + 1], source[BAND * LONG];
static int32_t row[BAND * LONG], column[BAND * LONG];
static numjac_pair moves[LONG];
static const numjac_groups GROUPS = {1, &FORWARD, BAND, first, entry, moves, start, row, column};

static int neighbours(size_t n, const double *at, size_t m, double *y, void *data) {
    (void)data;
    for (size_t i = 0; i < m; i++)
        y[i] = at[i] * ((i ? at[i - 1] : 0) + (i + 1 < n ? at[i + 1] : 0));
    return 0;
}

/* A band in three colours: columns 0, 3, 6, ..., then 1, 4, ...; of each group, its entries row by row. */
static void band(void) {
    ptrdiff_t c = 0, k = 0;
    for (int g = 0; g < BAND; g++) {
        for (int j = g; j < LONG; j += BAND, c++) {
            entry[c] = j, moves[c] = (numjac_pair){x[j] + 0x1p-20, x[j]};
            for (int i = j ? j - 1 : 0; i <= j + 1 && i < LONG; i++)
                row[k] = i, column[k] = (int32_t)c, source[k] = k, k++;
        }
        first[g + 1] = c, start[g + 1] = k;
    }
    need(numjac_check_groups(LONG, LONG, &GROUPS));
}

static void compressed(void) {
    static double data[BAND * LONG];
    const numjac_function f = {LONG, LONG, x, value, neighbours, NULL};
    numjac_outcome outcome;
    need(numjac_compressed(&f, &GROUPS, &ALONE, work, slope, &outcome));
    need(numjac_decompress((size_t)start[BAND], source, (size_t)start[BAND], slope, data));
}

/* --------------------------------------------------------------------------------------------------- the tape */

/* A record for each function at numbers in its domain, and the chain rule over all of them, both ways. */
static void tape(void) {
    enum { CODES = NUMJAC_ARCTAN2, ALL = CODES + 1 };
    static numjac_record record[CODES];
    static double T[ALL], U[ALL];
    for (int code = 1; code <= CODES; code++) {
        numjac_record *r = record + code - 1;
        double a = code == NUMJAC_ARCCOSH ? 1.5 : 0.5;
        r->first = code - 1, r->second = code < NUMJAC_ADD ? -1 : code / 2, r->by_second = 0;
        if (code < NUMJAC_ADD)
            r->by_first = numjac_slope(code, a, 0.75);
        else
            numjac_slopes(code, a, 1.25, 0.75, &r->by_first, &r->by_second);
    }
    T[0] = 1, U[CODES] = 1;
    need(numjac_records_forward(1, CODES, record, 1, T));
    need(numjac_records_backward(1, CODES, record, 1, U));
}

/* ------------------------------------------------------------------------------------------------ all of them */

static void nothing(void) {}

static const struct {
    const char *name;
    void (*prepare)(void), (*run)(void);
    int calls;
} SCENARIOS[] = {
    {"C: forward, n = 10", nothing, forward_10, 1000},
    {"C: forward, n = 100", nothing, forward_100, 20},
    {"C: central, n = 10", nothing, central_10, 1000},
    {"C: central, n = 100", nothing, central_100, 20},
    {"C: complex step, n = 10", nothing, complex_step, 1000},
    {"C: adaptive, one line", nothing, trials, 100},
    {"C: colours of a grid", grid, coloring, 2},
    {"C: colours at random", random_pattern, coloring, 2},
    {"C: star colours of a grid", grid, star, 5},
    {"C: compressed band, n = 1000", band, compressed, 50},
    {"C: tape, all slopes", nothing, tape, 200},
};

int main(int count, char **words) {
    size_t found = 0;
    for (int j = 0; j < 2 * LONG; j++)
        x[j] = 0.5 + j * 0x1p-10;
    for (size_t s = 0; s < sizeof SCENARIOS / sizeof *SCENARIOS; s++) {
        if (count > 1 && strcmp(words[1], SCENARIOS[s].name))
            continue;
        SCENARIOS[s].prepare(), SCENARIOS[s].run(), found++;
        begin();
        for (int call = 0; call < SCENARIOS[s].calls; call++)
            SCENARIOS[s].run();
        end(SCENARIOS[s].name, SCENARIOS[s].calls);
    }
    return !found;
}
