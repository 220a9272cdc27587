/* SPDX-License-Identifier: BSD-3-Clause
 * records.c - the chain rule over scalar operations, in both directions.
 *
 * Element e < inputs is an input, element inputs + r is what record r computes. A record comes after what it depends
 * on, so that one pass from the front makes tangents and one from the back makes cotangents. */
#include "numjac.h"

#include <stdint.h>
#include <string.h>

/* Whether all records depend on elements before them, and the elements can be counted. */
static int check(size_t inputs, size_t count, const numjac_record *record, size_t k) {
    if (count > (size_t)PTRDIFF_MAX - inputs || (k && inputs + count > SIZE_MAX / sizeof(double) / k))
        return NUMJAC_TOO_LARGE;
    for (size_t r = 0; r < count; r++) {
        ptrdiff_t here = (ptrdiff_t)(inputs + r);
        if (record[r].first >= here || record[r].second >= here || record[r].first < -1 || record[r].second < -1)
            return NUMJAC_NO_ENTRY;
    }
    return NUMJAC_OK;
}

int numjac_records_forward(size_t inputs, size_t count, const numjac_record *record, size_t k, double *T) {
    int status = check(inputs, count, record, k);
    if (status)
        return status;
    for (size_t r = 0; r < count; r++) {
        double *to = T + (inputs + r) * k, a = record[r].by_first, b = record[r].by_second;
        const double *first = record[r].first < 0 ? NULL : T + (size_t)record[r].first * k;
        const double *second = record[r].second < 0 ? NULL : T + (size_t)record[r].second * k;
        if (first && second)
            for (size_t j = 0; j < k; j++)
                to[j] = a * first[j] + b * second[j];
        else if (first)
            for (size_t j = 0; j < k; j++)
                to[j] = a * first[j];
        else if (second)
            for (size_t j = 0; j < k; j++)
                to[j] = b * second[j];
        else
            memset(to, 0, k * sizeof *to);
    }
    return NUMJAC_OK;
}

/* to[k] += by * from[k]; an element that nothing reached hands on nothing, not 0 * inf. */
static void add(size_t k, double by, const double *from, double *to) {
    for (size_t j = 0; j < k; j++)
        if (from[j] != 0)
            to[j] += by * from[j];
}

int numjac_records_backward(size_t inputs, size_t count, const numjac_record *record, size_t k, double *U) {
    int status = check(inputs, count, record, k);
    if (status)
        return status;
    for (size_t r = count; r-- > 0;) {
        const double *from = U + (inputs + r) * k;
        if (record[r].first >= 0)
            add(k, record[r].by_first, from, U + (size_t)record[r].first * k);
        if (record[r].second >= 0)
            add(k, record[r].by_second, from, U + (size_t)record[r].second * k);
    }
    return NUMJAC_OK;
}
