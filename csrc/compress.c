/* SPDX-License-Identifier: BSD-3-Clause
 * compress.c - columns that share no row are sampled together, and read apart again.
 *
 * A group is a colour: all its columns move at once, and since no output depends on two of them, the quotient of an
 * output belongs to the one column that it has in the group. Each column keeps its own nodes. The quotients are stored
 * group by group, where they are made; one gather brings them into the order of the caller. */
#include "internal.h"

/* What the threads share. */
typedef struct {
    const numjac_function *function;
    const numjac_groups *groups;
    double *work;
    size_t room; /* doubles of work for each thread */
    double *slope;
    numjac_outcome *outcome;
} job;

int numjac_check_groups(size_t n, size_t m, const numjac_groups *groups) {
    size_t count = groups->groups;
    if (groups->first[0] || groups->start[0])
        return NUMJAC_NO_ENTRY;
    for (size_t g = 0; g < count; g++) {
        ptrdiff_t first = groups->first[g], last = groups->first[g + 1];
        if (last < first || groups->start[g + 1] < groups->start[g])
            return NUMJAC_NO_ENTRY;
        for (ptrdiff_t c = first; c < last; c++)
            if ((size_t)groups->entry[c] >= n)
                return NUMJAC_NO_ENTRY;
        for (ptrdiff_t k = groups->start[g]; k < groups->start[g + 1]; k++)
            if (groups->row[k] < 0 || (size_t)groups->row[k] >= m || groups->column[k] < first ||
                groups->column[k] >= last)
                return NUMJAC_NO_ENTRY;
    }
    return NUMJAC_OK;
}

void numjac_move_group(const numjac_groups *groups, size_t g, size_t q, int down, double *x) {
    size_t quotients = groups->quotients;
    for (ptrdiff_t c = groups->first[g]; c < groups->first[g + 1]; c++) {
        const numjac_pair *node = groups->nodes + (size_t)c * quotients + q;
        x[groups->entry[c]] = down ? node->lower : node->upper;
    }
}

/* The entries of a group: what one quotient says of them, or adds to what the ones before have said. Whether all are
 * finite, as in columns.c. */
NUMJAC_WIDE static int quotients_of(size_t count, const int32_t *restrict row, const int32_t *restrict column,
                                    size_t stride, double weight, const numjac_pair *restrict nodes,
                                    const double *restrict upper, const double *restrict lower, int first,
                                    double *restrict slope) {
    uint64_t carries = 0;
    for (size_t k = 0; k < count; k++) {
        const numjac_pair *node = nodes + (size_t)column[k] * stride;
        double term = numjac_term(weight, upper[row[k]], lower[row[k]], node->upper - node->lower);
        slope[k] = first ? term : slope[k] + term;
        carries |= numjac_carry(slope[k]);
    }
    return !(carries >> 63);
}

size_t numjac_group_slopes(const numjac_groups *groups, size_t g, size_t q, const double *upper, const double *lower,
                           double *slope) {
    ptrdiff_t start = groups->start[g];
    size_t count = (size_t)(groups->start[g + 1] - start);
    int finite = quotients_of(count, groups->row + start, groups->column + start, groups->quotients,
                              groups->stencil[q].weight, groups->nodes + q, upper, lower, q == 0, slope + start);
    return finite || q + 1 < groups->quotients ? 0 : numjac_settle(count, slope + start);
}

/* y = f(x), where a group has moved. */
static int sample(const job *all, size_t g, size_t q, int down, double *x, double *y, numjac_outcome *outcome) {
    const numjac_function *function = all->function;
    numjac_move_group(all->groups, g, q, down, x);
    numjac_blank(function->m, y); /* an output that f does not write stays NaN */
    outcome->code = function->f(function->n, x, function->m, y, function->data);
    return outcome->code ? NUMJAC_STOPPED : NUMJAC_OK;
}

/* All quotients of a group. x is left as it was found. */
static int slopes(const job *all, size_t g, double *x, numjac_outcome *outcome, numjac_queue *queue, size_t thread) {
    const numjac_function *function = all->function;
    const numjac_groups *groups = all->groups;
    double *upper = x + function->n, *lower = upper + function->m;
    for (size_t q = 0; q < groups->quotients; q++) {
        int beside = !numjac_at_point(groups->stencil + q);
        int status = (q && numjac_interrupted(queue, thread)) || sample(all, g, q, 0, x, upper, outcome);
        if (!status && beside)
            status = numjac_interrupted(queue, thread) || sample(all, g, q, 1, x, lower, outcome);
        if (status)
            return NUMJAC_STOPPED;
        outcome->nonfinite += numjac_group_slopes(groups, g, q, upper, beside ? lower : function->value, all->slope);
    }
    for (ptrdiff_t c = groups->first[g]; c < groups->first[g + 1]; c++)
        x[groups->entry[c]] = function->x[groups->entry[c]];
    return NUMJAC_OK;
}

/* A group as an item of the queue. */
static int group_of(size_t thread, size_t g, numjac_queue *queue) {
    const job *all = queue->context;
    numjac_outcome *outcome = all->outcome + thread;
    int status = slopes(all, g, all->work + thread * all->room, outcome, queue, thread);
    if (status)
        outcome->column = g;
    return status;
}

int numjac_compressed(const numjac_function *function, const numjac_groups *groups, const numjac_team *team,
                      double *work, double *slope, numjac_outcome *outcome) {
    size_t size, n = function->n;
    int status = numjac_columns_work(n, function->m, team->threads, &size);
    if (status)
        return status;
    job all = {function, groups, work, size / team->threads, slope, outcome};
    for (size_t thread = 0; thread < team->threads; thread++) {
        outcome[thread] = (numjac_outcome){.column = SIZE_MAX};
        if (n)
            memcpy(work + thread * all.room, function->x, n * sizeof(double));
    }
    numjac_queue queue = {.team = team, .count = groups->groups, .item = group_of, .context = &all};
    status = numjac_share(&queue);
    numjac_merge(team->threads, outcome);
    return status;
}

int numjac_decompress(size_t count, const ptrdiff_t *source, size_t size, const double *slope, double *data) {
    for (size_t k = 0; k < count; k++) {
        if ((size_t)source[k] >= size)
            return NUMJAC_NO_ENTRY;
        data[k] = slope[source[k]];
    }
    return NUMJAC_OK;
}

/* Each row's sum of terms, and of their sizes. What does not move does not count, be its entry infinite. */
static int products(size_t m, size_t n, const numjac_entries *of, const double *w, double *product, double *terms) {
    for (size_t k = 0; k < of->count; k++) {
        size_t i = (size_t)of->row[k], j = (size_t)of->column[k];
        if (i >= m || j >= n)
            return NUMJAC_NO_ENTRY;
        double term = w[j] == 0 ? 0 : of->data[k] * w[j];
        product[i] += term;
        terms[i] += fabs(term);
    }
    return NUMJAC_OK;
}

int numjac_stray(size_t m, size_t n, const numjac_entries *of, const double *w, const double *slope,
                 const double *slack, double part, double *work, size_t *row) {
    double *product = work, *terms = work + m;
    if (m > SIZE_MAX / (2 * sizeof *work))
        return NUMJAC_TOO_LARGE;
    memset(work, 0, 2 * m * sizeof *work);
    int status = products(m, n, of, w, product, terms);
    *row = 0;
    while (!status && *row < m && !(fabs(slope[*row] - product[*row]) > slack[*row] + part * terms[*row]))
        ++*row;
    return status;
}

int numjac_repeated(size_t lists, const ptrdiff_t *start, const int32_t *index, size_t size, ptrdiff_t *seen) {
    for (size_t i = 0; i < size; i++)
        seen[i] = -1;
    for (size_t l = 0; l < lists; l++)
        for (ptrdiff_t k = start[l]; k < start[l + 1]; k++) {
            if (seen[index[k]] == (ptrdiff_t)l)
                return 1;
            seen[index[k]] = (ptrdiff_t)l;
        }
    return 0;
}
