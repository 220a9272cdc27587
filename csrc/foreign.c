/* SPDX-License-Identifier: BSD-3-Clause
 * foreign.c - functions of other signatures, called as a numjac_fn. */
#include "internal.h"

/* A function that returns nothing never stops. */
#define CALL(type, ...) return ((type)((const numjac_foreign *)data)->function)(__VA_ARGS__)
#define CALL_MUTE(type, ...)                                                                                           \
    ((type)((const numjac_foreign *)data)->function)(__VA_ARGS__);                                                     \
    return 0

#define PARTS (((const numjac_foreign *)data)->parts)
#define DATA (((const numjac_foreign *)data)->data)

/* An adapter is named after what the function has: sizes, data, a status. */
#define ADAPTER(name, how, arguments, returned, ...)                                                                   \
    typedef returned(*name##_type) arguments;                                                                          \
    static int name(size_t n, const double *x, size_t m, double *y, void *data) {                                      \
        (void)n, (void)m;                                                                                              \
        how(name##_type, __VA_ARGS__);                                                                                 \
    }

ADAPTER(nothing, CALL_MUTE, (const double *, double *), void, x, y)
ADAPTER(sizes, CALL_MUTE, (size_t, const double *, size_t, double *), void, n / PARTS, x, m / PARTS, y)
ADAPTER(data_alone, CALL_MUTE, (const double *, double *, void *), void, x, y, DATA)
ADAPTER(sizes_data, CALL_MUTE, (size_t, const double *, size_t, double *, void *), void, n / PARTS, x, m / PARTS, y,
        DATA)
ADAPTER(status_alone, CALL, (const double *, double *), int, x, y)
ADAPTER(sizes_status, CALL, (size_t, const double *, size_t, double *), int, n / PARTS, x, m / PARTS, y)
ADAPTER(data_status, CALL, (const double *, double *, void *), int, x, y, DATA)
ADAPTER(sizes_data_status, CALL, (size_t, const double *, size_t, double *, void *), int, n / PARTS, x, m / PARTS, y,
        DATA)

static const numjac_fn ADAPTERS[] = {nothing,      sizes,        data_alone,  sizes_data,
                                     status_alone, sizes_status, data_status, sizes_data_status};
enum { ALL = NUMJAC_SIZES | NUMJAC_DATA | NUMJAC_STATUS };

int numjac_adapt(const numjac_foreign *foreign, int has, numjac_function *function) {
    if (!foreign->function || foreign->parts < 1 || foreign->parts > 2 || has < 0 || has > ALL)
        return NUMJAC_NO_ENTRY;
    int direct = has == ALL && foreign->parts == 1;
    function->f = direct ? (numjac_fn)foreign->function : ADAPTERS[has];
    function->data = direct ? foreign->data : (void *)(uintptr_t)foreign;
    return NUMJAC_OK;
}
