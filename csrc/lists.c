/* SPDX-License-Identifier: BSD-3-Clause
 * lists.c - patterns as compressed lists: checked, sorted into buckets, seen from the other side. */
#include "internal.h"
#include "lists.h"

/* The largest index, where a negative one counts as a huge one. */
NUMJAC_WIDE static uint32_t largest(size_t entries, const int32_t *index) {
    uint32_t most = 0;
    for (size_t e = 0; e < entries; e++)
        most = (uint32_t)index[e] > most ? (uint32_t)index[e] : most;
    return most;
}

/* Whether no number is less than the one before it. Without a branch, because there are many and all are so. */
NUMJAC_WIDE static int rising(size_t count, const ptrdiff_t *start) {
    int falls = 0;
    for (size_t k = 0; k < count; k++)
        falls |= start[k + 1] < start[k];
    return !falls;
}

int numjac_check_lists(const numjac_lists *lists, size_t entries) {
    if (lists->count >= NUMJAC_MOST || lists->size >= NUMJAC_MOST || entries > PTRDIFF_MAX / sizeof(ptrdiff_t))
        return NUMJAC_TOO_LARGE;
    if (lists->start[0] != 0 || lists->start[lists->count] != (ptrdiff_t)entries)
        return NUMJAC_NO_ENTRY;
    if (!rising(lists->count, lists->start) || (entries && largest(entries, lists->index) >= lists->size))
        return NUMJAC_NO_ENTRY;
    return NUMJAC_OK;
}

int numjac_check_order(size_t count, const int32_t *order, int32_t *seen) {
    memset(seen, 0, count * sizeof *seen);
    for (size_t k = 0; k < count; k++) {
        if (order[k] < 0 || (size_t)order[k] >= count || seen[order[k]])
            return NUMJAC_NO_ENTRY;
        seen[order[k]] = 1;
    }
    return NUMJAC_OK;
}

/* start[k + 1] = how many keys are below k: where those with key k begin, kept one place further on, so that after each
 * was put in its place and counted there, start[k] is where they begin. */
static void begin(size_t count, const int32_t *key, size_t size, ptrdiff_t *start) {
    memset(start, 0, (size + 1) * sizeof *start);
    for (size_t e = 0; e < count; e++)
        start[key[e] + 1]++;
    ptrdiff_t sum = 0;
    for (size_t k = 1; k <= size; k++) {
        ptrdiff_t here = start[k];
        start[k] = sum;
        sum += here;
    }
}

int numjac_bucket(size_t count, const int32_t *key, size_t size, ptrdiff_t *start, ptrdiff_t *order) {
    if (size >= NUMJAC_MOST || count > PTRDIFF_MAX / sizeof *order)
        return NUMJAC_TOO_LARGE;
    if (count && largest(count, key) >= size)
        return NUMJAC_NO_ENTRY;
    begin(count, key, size, start);
    for (size_t e = 0; e < count; e++)
        order[start[key[e] + 1]++] = (ptrdiff_t)e;
    return NUMJAC_OK;
}

int numjac_transpose(const numjac_lists *from, ptrdiff_t *start, int32_t *index, ptrdiff_t *source) {
    if (from->count >= NUMJAC_MOST || from->size >= NUMJAC_MOST)
        return NUMJAC_TOO_LARGE;
    begin((size_t)from->start[from->count], from->index, from->size, start);
    for (size_t k = 0; k < from->count; k++)
        for (ptrdiff_t e = from->start[k]; e < from->start[k + 1]; e++) {
            ptrdiff_t to = start[from->index[e] + 1]++;
            index[to] = (int32_t)k;
            if (source)
                source[to] = e;
        }
    return NUMJAC_OK;
}
