/* SPDX-License-Identifier: BSD-3-Clause
 * test_foreign.c - functions of other signatures. */
#include "check.h"
#include "numjac.h"

#include <stdint.h>

enum { N = 3, M = 2 };

/* Every function notes what it was told: sizes, or 0 if it has none, and data. */
static size_t told_n, told_m;
static void *told_data;

static void note(size_t n, size_t m, void *data) {
    told_n = n;
    told_m = m;
    told_data = data;
}

static void fill(const double *x, double *y) {
    y[0] = x[0] + 1;
    y[1] = x[1] + 2;
}

static void f0(const double *x, double *y) { note(0, 0, NULL), fill(x, y); }
static void f1(size_t n, const double *x, size_t m, double *y) { note(n, m, NULL), fill(x, y); }
static void f2(const double *x, double *y, void *data) { note(0, 0, data), fill(x, y); }
static void f3(size_t n, const double *x, size_t m, double *y, void *data) { note(n, m, data), fill(x, y); }
static int f4(const double *x, double *y) { return f0(x, y), 7; }
static int f5(size_t n, const double *x, size_t m, double *y) { return f1(n, x, m, y), 7; }
static int f6(const double *x, double *y, void *data) { return f2(x, y, data), 7; }
static int f7(size_t n, const double *x, size_t m, double *y, void *data) { return f3(n, x, m, y, data), 7; }

typedef void (*any)(void);
static const any FUNCTIONS[] = {(any)f0, (any)f1, (any)f2, (any)f3, (any)f4, (any)f5, (any)f6, (any)f7};

static void every_signature_is_called_as_it_is_written(void) {
    for (int has = 0; has < 8; has++)
        for (size_t parts = 1; parts <= 2; parts++) {
            int data;
            double x[2 * N] = {1, 2}, y[2 * M] = {0};
            numjac_foreign foreign = {FUNCTIONS[has], &data, parts};
            numjac_function function = {.n = N * parts, .m = M * parts};
            CHECK(numjac_adapt(&foreign, has, &function) == NUMJAC_OK);
            int status = function.f(function.n, x, function.m, y, function.data);
            CHECK(y[0] == 2 && y[1] == 4);
            CHECK(status == (has & NUMJAC_STATUS ? 7 : 0));
            CHECK(told_n == (has & NUMJAC_SIZES ? N : 0) && told_m == (has & NUMJAC_SIZES ? M : 0));
            CHECK(told_data == (has & NUMJAC_DATA ? (void *)&data : NULL));
        }
}

static void the_signature_of_the_core_itself_needs_no_adapter(void) {
    int data;
    numjac_foreign foreign = {(any)f7, &data, 1};
    numjac_function function;
    CHECK(numjac_adapt(&foreign, 7, &function) == NUMJAC_OK);
    CHECK(function.f == f7 && function.data == &data);
}

static void what_is_no_function_or_no_signature_is_refused(void) {
    numjac_function function;
    numjac_foreign none = {NULL, NULL, 1}, strange = {(any)f0, NULL, 3}, good = {(any)f0, NULL, 1};
    CHECK(numjac_adapt(&none, 0, &function) == NUMJAC_NO_ENTRY);
    CHECK(numjac_adapt(&strange, 0, &function) == NUMJAC_NO_ENTRY);
    CHECK(numjac_adapt(&good, 8, &function) == NUMJAC_NO_ENTRY);
    CHECK(numjac_adapt(&good, -1, &function) == NUMJAC_NO_ENTRY);
}

int main(void) {
    RUN(every_signature_is_called_as_it_is_written);
    RUN(the_signature_of_the_core_itself_needs_no_adapter);
    RUN(what_is_no_function_or_no_signature_is_refused);
    return failures != 0;
}
