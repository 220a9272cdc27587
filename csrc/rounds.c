/* SPDX-License-Identifier: BSD-3-Clause
 * rounds.c - orders for patterns that are too large to be walked pair by pair.
 *
 * Smallest last in rounds is the order ADG of Besta et al. (SC 2020, arXiv:2008.11321, JP-ADG): all columns go
 * at once whose degree is at most 1 + eps times the mean of those that are left. Of numbers with a mean, fewer than
 * 1 / (1 + eps) are larger than 1 + eps times that, so there are O(log n) rounds, each over the entries that are left.
 */
#include "lists.h"

/* A tenth above the mean: a grid goes in one round, and what is left of a random pattern is halved in each. */
#define EPS 0.1

typedef struct {
    const numjac_lists *columns;
    int32_t *live;   /* [rows] entries of a row in the columns that are left */
    uint64_t *known; /* [count] degrees of those that are left, in their order */
    int32_t *left;   /* [count] which they are */
    size_t count;
} rounds;

/* Degrees as they are now, a pair counted once for each row that it shares; their sum. */
static double measure(rounds *r) {
    double sum = 0;
    for (size_t k = 0; k < r->count; k++) {
        uint64_t degree = 0;
        for (ptrdiff_t e = r->columns->start[r->left[k]]; e < r->columns->start[r->left[k] + 1]; e++)
            degree += (uint64_t)(r->live[r->columns->index[e]] - 1);
        r->known[k] = degree;
        sum += (double)degree;
    }
    return sum;
}

/* Column j leaves its rows. */
static void quit(rounds *r, int32_t j) {
    for (ptrdiff_t e = r->columns->start[j]; e < r->columns->start[j + 1]; e++)
        r->live[r->columns->index[e]]--;
}

/* Those of low degree go, to the back of what is left of the order. At least one does: not all are above the mean. */
static void round_of(rounds *r, int32_t *order) {
    double most = (1 + EPS) * measure(r) / (double)r->count;
    size_t stay = 0, go = 0, kept = 0;
    for (size_t k = 0; k < r->count; k++)
        stay += (double)r->known[k] > most;
    for (size_t k = 0; k < r->count; k++) {
        int32_t j = r->left[k];
        if ((double)r->known[k] > most) {
            r->left[kept++] = j;
        } else {
            order[stay + go++] = j;
            quit(r, j);
        }
    }
    r->count = stay;
}

int numjac_rounds_last(const numjac_lists *columns, const numjac_lists *rows, uint64_t *work, int32_t *order) {
    int32_t *left = (int32_t *)(work + columns->count);
    rounds r = {columns, left + columns->count, work, left, columns->count};
    for (size_t i = 0; i < rows->count; i++)
        r.live[i] = (int32_t)numjac_length(rows, i);
    for (size_t j = 0; j < columns->count; j++)
        left[j] = (int32_t)j;
    while (r.count)
        round_of(&r, order);
    return NUMJAC_OK;
}

/* All columns of a row that were not met before are put behind those that were. */
static size_t follow(const numjac_lists *rows, size_t row, unsigned char *met, int32_t *order, size_t found) {
    for (ptrdiff_t e = rows->start[row]; e < rows->start[row + 1]; e++) {
        int32_t j = rows->index[e];
        if (!met[j])
            met[j] = 1, order[found++] = j;
    }
    return found;
}

/* Tells which rows the columns order[k + ...] will lead to. */
static void ahead(const numjac_lists *columns, const numjac_lists *rows, const int32_t *order, size_t k, size_t found) {
    numjac_ahead(columns, order, k, found);
    if (k + NUMJAC_NEXT >= found)
        return;
    int32_t j = order[k + NUMJAC_NEXT], sooner = order[k + NUMJAC_NEXT / 2];
    for (ptrdiff_t e = columns->start[j]; e < columns->start[j + 1]; e++)
        NUMJAC_SOON(rows->start + columns->index[e]);
    for (ptrdiff_t e = columns->start[sooner]; e < columns->start[sooner + 1]; e++)
        NUMJAC_SOON(rows->index + rows->start[columns->index[e]]);
}

int numjac_breadth_first(const numjac_lists *columns, const numjac_lists *rows, uint64_t *work, int32_t *order) {
    size_t found = 0, count = columns->count;
    unsigned char *met = (unsigned char *)work, *done = met + count;
    memset(met, 0, count + rows->count);
    for (size_t first = 0, k = 0; k < count; k++) {
        if (k == found) {
            while (met[first])
                first++;
            met[first] = 1, order[found++] = (int32_t)first;
        }
        ahead(columns, rows, order, k, found);
        for (ptrdiff_t e = columns->start[order[k]]; e < columns->start[order[k] + 1]; e++) {
            int32_t row = columns->index[e];
            if (!done[row])
                found = follow(rows, (size_t)row, met, order, found);
            done[row] = 1;
        }
    }
    return NUMJAC_OK;
}
