/* SPDX-License-Identifier: BSD-3-Clause
 * coloring.c - greedy colours for columns, 64 at a time.
 *
 * The greedy colouring of Curtis, Powell and Reid (J. Inst. Math. Appl. 13, 1974), as the partial distance-2 colouring
 * of Gebremedhin, Manne and Pothen (SIAM Review 47(4), 2005, Algorithm 3.2). That one looks at all columns of all rows
 * of a column. Here each row keeps the colours that it has seen as the bits of one number, so that a column looks at
 * its own entries alone. Pass w hands out the colours 64 w, ..., 64 w + 63; columns that find all of them taken wait
 * for the next pass. A column that waits takes none of these colours, so no other column notices: the colours are those
 * that one pass over all colours would give.
 *
 * A row of N entries makes N / 64 passes over its columns: each colour, which is an evaluation of a function of at
 * least as many arguments, costs a look at N / 64 columns. */
#include "lists.h"

/* The number of the lowest bit that is set; there is one. */
static inline int lowest(uint64_t bits) {
#if defined(__GNUC__)
    return __builtin_ctzll(bits);
#else
    int at = 0;
    for (; !(bits & 1); bits >>= 1)
        at++;
    return at;
#endif
}

/* Columns in turn, and the colours at hand. */
typedef struct {
    const numjac_lists *columns;
    uint64_t *mask;    /* [rows] the colours that a row has seen in this pass */
    int32_t *later;    /* [count] the columns that wait */
    int32_t *color;    /* [count] */
    int32_t first;     /* the lowest colour of the pass */
    uint64_t assigned; /* those that any column took */
} palette;

/* The lowest colour that none of the rows of column j has seen; whether there is one. */
static inline int take(palette *p, size_t j) {
    ptrdiff_t begin = p->columns->start[j], end = p->columns->start[j + 1];
    uint64_t seen = 0;
    for (ptrdiff_t e = begin; e < end; e++)
        seen |= p->mask[p->columns->index[e]];
    uint64_t bit = ~seen & (seen + 1);
    for (ptrdiff_t e = begin; e < end; e++)
        p->mask[p->columns->index[e]] |= bit;
    if (!bit)
        return 0;
    p->assigned |= bit;
    p->color[j] = p->first + lowest(bit);
    return 1;
}

/* Tells what columns todo[k + ...] will need; of one with many entries, what the first of them will. */
static void ahead(const palette *p, const int32_t *todo, size_t k, size_t count) {
    numjac_ahead(p->columns, todo, k, count);
    if (k + NUMJAC_NEXT >= count)
        return;
    int32_t j = todo[k + NUMJAC_NEXT];
    ptrdiff_t begin = p->columns->start[j], end = p->columns->start[j + 1];
    NUMJAC_SOON(p->color + j);
    for (ptrdiff_t e = begin; e < end && e < begin + NUMJAC_NEAR; e++)
        NUMJAC_SOON(p->mask + p->columns->index[e]);
}

/* One pass; todo may be the list of those that wait, which is never longer. Returns how many wait now. */
static size_t pass(palette *p, const int32_t *todo, size_t count) {
    size_t waiting = 0;
    p->assigned = 0;
    for (size_t k = 0; k < count; k++) {
        if (todo)
            ahead(p, todo, k, count);
        size_t j = todo ? (size_t)todo[k] : k;
        if (!take(p, j))
            p->later[waiting++] = (int32_t)j;
    }
    return waiting;
}

/* Of the rows of the columns that wait: no colours seen. */
static void clear(palette *p, size_t waiting) {
    for (size_t k = 0; k < waiting; k++)
        for (ptrdiff_t e = p->columns->start[p->later[k]]; e < p->columns->start[p->later[k] + 1]; e++)
            p->mask[p->columns->index[e]] = 0;
}

/* Whether one row has entries in all the columns that wait, so that each needs a colour of its own. */
static int in_one_row(palette *p, size_t waiting) {
    int found = 0;
    for (size_t k = 0; k < waiting; k++)
        for (ptrdiff_t e = p->columns->start[p->later[k]]; e < p->columns->start[p->later[k] + 1]; e++)
            found |= ++p->mask[p->columns->index[e]] == waiting;
    clear(p, waiting);
    return found;
}

/* How many colours the pass used: a bit is taken only after all below it were. */
static size_t used(const palette *p) { return ~p->assigned ? (size_t)lowest(~p->assigned) : 64; }

static size_t passes(palette *p, const int32_t *order) {
    size_t waiting = pass(p, order, p->columns->count), number = 0;
    while (waiting) {
        p->first += 64, number++;
        clear(p, waiting);
        /* Asked before passes 1, 2, 4, 8, ..., so that it costs little where it is not so. */
        if (!(number & (number - 1)) && in_one_row(p, waiting)) {
            for (size_t k = 0; k < waiting; k++)
                p->color[p->later[k]] = p->first + (int32_t)k;
            return (size_t)p->first + waiting;
        }
        waiting = pass(p, p->later, waiting);
    }
    return (size_t)p->first + used(p);
}

int numjac_first_fit_work(size_t rows, size_t columns, size_t *size) {
    if (rows >= NUMJAC_MOST || columns >= NUMJAC_MOST)
        return NUMJAC_TOO_LARGE;
    return numjac_sum(rows, ((uint64_t)columns + 1) / 2, size);
}

int numjac_first_fit(const numjac_lists *columns, const int32_t *order, uint64_t *work, int32_t *color,
                     size_t *colors) {
    palette p = {columns, work, (int32_t *)(work + columns->size), color, 0, 0};
    int status = order ? numjac_check_order(columns->count, order, color) : NUMJAC_OK;
    if (status)
        return status;
    memset(p.mask, 0, columns->size * sizeof *p.mask);
    *colors = passes(&p, order);
    return NUMJAC_OK;
}
