/* SPDX-License-Identifier: BSD-3-Clause
 * orders.c - in which order to colour: largest first, smallest last, incidence degree.
 *
 * Those of ColPack (Gebremedhin, Nguyen, Patwary and Pothen, ACM Trans. Math. Softw. 40(1), 2013, section 5); smallest
 * last is that of Matula and Beck (J. ACM 30(3), 1983). The graph of neighbours is walked through rows and columns and
 * never built: its edges may be many more than entries. Columns wait in one list for each degree, the one that came
 * last in front, so that every step takes the next one at once. Where several have the same degree, that keeps to the
 * columns around those just taken; so on a grid of 50 x 50 points, numbered at random, five colours are found instead
 * of ten. */
#include "lists.h"

/* All that is known of a column, together, because it is met at random. */
typedef struct {
    int32_t next, before; /* in its list; -1: none */
    int32_t degree;       /* -1: no longer waiting */
    int32_t met;          /* by which column it was met last */
} node;

typedef struct {
    const numjac_lists *columns, *rows;
    node *node;    /* [count] */
    int32_t *head; /* [count] the first of each degree */
    int32_t *near; /* [count] the neighbours of a column */
} graph;

static graph graph_in(const numjac_lists *columns, const numjac_lists *rows, uint64_t *work) {
    node *nodes = (node *)work;
    int32_t *head = (int32_t *)(nodes + columns->count);
    return (graph){columns, rows, nodes, head, head + columns->count};
}

static void forget(graph *g) {
    for (size_t j = 0; j < g->columns->count; j++)
        g->node[j].met = -1;
}

/* Those of a list that column j has not met yet are put behind the neighbours that were found. */
static inline size_t meet(graph *g, const numjac_lists *lists, size_t list, int32_t j, size_t found) {
    for (ptrdiff_t e = lists->start[list]; e < lists->start[list + 1]; e++) {
        int32_t other = lists->index[e];
        g->near[found] = other;
        found += g->node[other].met != j;
        g->node[other].met = j;
    }
    return found;
}

/* The neighbours of column j, each once. */
static size_t neighbours(graph *g, size_t j) {
    size_t found = 0;
    g->node[j].met = (int32_t)j;
    if (!g->rows)
        return meet(g, g->columns, j, (int32_t)j, found);
    for (ptrdiff_t e = g->columns->start[j]; e < g->columns->start[j + 1]; e++)
        found = meet(g, g->rows, (size_t)g->columns->index[e], (int32_t)j, found);
    return found;
}

static void enter(graph *g, int32_t j, int32_t degree) {
    node *n = g->node + j;
    n->before = -1, n->degree = degree, n->next = g->head[degree];
    if (n->next >= 0)
        g->node[n->next].before = j;
    g->head[degree] = j;
}

static void leave(graph *g, int32_t j) {
    node *n = g->node + j;
    if (n->next >= 0)
        g->node[n->next].before = n->before;
    if (n->before >= 0)
        g->node[n->before].next = n->next;
    else
        g->head[n->degree] = n->next;
    n->degree = -1;
}

/* The neighbours of j that still wait move to the next list up or down. */
static void shift(graph *g, int32_t j, int32_t by) {
    size_t found = neighbours(g, (size_t)j);
    for (size_t k = 0; k < found; k++) {
        int32_t degree = g->node[g->near[k]].degree;
        if (degree < 0)
            continue;
        leave(g, g->near[k]);
        enter(g, g->near[k], degree + by < 0 ? 0 : degree + by); /* below 0: rows are not those of the columns */
    }
}

int numjac_smallest_last(const numjac_lists *columns, const numjac_lists *rows, uint64_t *work, int32_t *order) {
    graph g = graph_in(columns, rows, work);
    memset(g.head, 0xff, columns->count * sizeof *g.head);
    forget(&g);
    for (size_t j = 0; j < columns->count; j++)
        g.node[j].degree = (int32_t)neighbours(&g, j);
    forget(&g);
    for (size_t j = 0; j < columns->count; j++)
        enter(&g, (int32_t)j, g.node[j].degree);
    size_t least = 0;
    for (size_t left = columns->count; left-- > 0;) {
        while (g.head[least] < 0)
            least++;
        int32_t j = order[left] = g.head[least];
        leave(&g, j);
        shift(&g, j, -1);
        least -= least > 0;
    }
    return NUMJAC_OK;
}

int numjac_incidence_degree(const numjac_lists *columns, const numjac_lists *rows, uint64_t *work, int32_t *order) {
    graph g = graph_in(columns, rows, work);
    memset(g.head, 0xff, columns->count * sizeof *g.head);
    forget(&g);
    for (size_t j = columns->count; j-- > 0;)
        enter(&g, (int32_t)j, 0);
    size_t most = 0;
    for (size_t k = 0; k < columns->count; k++) {
        while (g.head[most] < 0)
            most--;
        int32_t j = order[k] = g.head[most];
        leave(&g, j);
        shift(&g, j, 1);
        most += most + 1 < columns->count;
    }
    return NUMJAC_OK;
}

/* How many neighbours column j has, one that shares several rows counted for each; never more than there are others. */
static size_t bound(const numjac_lists *columns, const numjac_lists *rows, size_t j) {
    size_t degree = rows ? 0 : numjac_length(columns, j);
    if (rows)
        for (ptrdiff_t e = columns->start[j]; e < columns->start[j + 1]; e++)
            degree += numjac_length(rows, (size_t)columns->index[e]) - 1;
    else
        for (ptrdiff_t e = columns->start[j]; e < columns->start[j + 1]; e++)
            degree -= (size_t)columns->index[e] == j;
    return degree < columns->count ? degree : columns->count - 1;
}

int numjac_largest_first(const numjac_lists *columns, const numjac_lists *rows, uint64_t *work, int32_t *order) {
    size_t count = columns->count, most = 0, sum = 0;
    int32_t *degree = (int32_t *)work, *place = degree + count;
    for (size_t j = 0; j < count; j++) {
        degree[j] = (int32_t)bound(columns, rows, j);
        most = (size_t)degree[j] > most ? (size_t)degree[j] : most;
    }
    memset(place, 0, (count ? most + 1 : 0) * sizeof *place);
    for (size_t j = 0; j < count; j++)
        place[degree[j]]++;
    for (size_t d = count ? most + 1 : 0; d-- > 0;) {
        size_t here = (size_t)place[d];
        place[d] = (int32_t)sum;
        sum += here;
    }
    for (size_t j = 0; j < count; j++)
        order[place[degree[j]]++] = (int32_t)j;
    return NUMJAC_OK;
}

int numjac_order_work(size_t rows, size_t columns, size_t *size) {
    if (rows >= NUMJAC_MOST || columns >= NUMJAC_MOST)
        return NUMJAC_TOO_LARGE;
    return numjac_sum(rows, 3 * (uint64_t)columns, size);
}
