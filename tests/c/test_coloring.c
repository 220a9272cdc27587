/* SPDX-License-Identifier: BSD-3-Clause
 * test_coloring.c - patterns, orders and colours, against loops over matrices that are written down. */
#include "check.h"
#include "numjac.h"

enum { ROWS = 12, COLUMNS = 14, MANY = 300 };

/* A matrix of noughts and ones, and its lists from both sides. */
typedef struct {
    int m, n;
    unsigned char at[MANY][MANY];
    numjac_lists columns, rows;
    size_t entries;
} matrix;

static numjac_lists lists(int count, int size, size_t entries) {
    numjac_lists made = {(size_t)count, (size_t)size, guarded(((size_t)count + 1) * sizeof(ptrdiff_t)),
                         guarded(entries * sizeof(int32_t))};
    return made;
}

static void release_lists(numjac_lists *made, size_t entries) {
    release((void *)(uintptr_t)made->start, (made->count + 1) * sizeof *made->start);
    release((void *)(uintptr_t)made->index, entries * sizeof *made->index);
}

/* The lists that the matrix says; rows if `turned`. */
static void write_down(matrix *a, numjac_lists *to, int turned) {
    ptrdiff_t *start = (ptrdiff_t *)(uintptr_t)to->start, e = 0;
    int32_t *index = (int32_t *)(uintptr_t)to->index;
    for (int k = 0; k < (int)to->count; k++) {
        start[k] = e;
        for (int l = 0; l < (int)to->size; l++)
            if (turned ? a->at[k][l] : a->at[l][k])
                index[e++] = l;
    }
    start[to->count] = e;
}

static void begin(matrix *a, int m, int n, int percent, int symmetric) {
    a->m = m, a->n = n, a->entries = 0;
    for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++)
            a->at[i][j] = symmetric && j < i ? a->at[j][i] : random_between(1, 100) <= percent;
    for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++)
            a->entries += a->at[i][j];
    a->columns = lists(n, m, a->entries), a->rows = lists(m, n, a->entries);
    write_down(a, &a->columns, 0), write_down(a, &a->rows, 1);
}

static void end(matrix *a) { release_lists(&a->columns, a->entries), release_lists(&a->rows, a->entries); }

static void shuffle(int32_t *order, int n) {
    for (int k = 0; k < n; k++) {
        int other = random_between(0, k);
        order[k] = order[other];
        order[other] = k;
    }
}

/* The lowest colour that no column of a common row has, for one after the other. */
static void greedy(const matrix *a, const int32_t *order, int32_t *color) {
    for (int j = 0; j < a->n; j++)
        color[j] = -1;
    for (int k = 0; k < a->n; k++) {
        unsigned char forbidden[MANY + 1] = {0};
        for (int i = 0; i < a->m; i++)
            for (int l = 0; l < a->n && a->at[i][order[k]]; l++)
                if (a->at[i][l] && color[l] >= 0)
                    forbidden[color[l]] = 1;
        int32_t c = 0;
        while (forbidden[c])
            c++;
        color[order[k]] = c;
    }
}

static void first_fit_is_greedy(void) {
    static matrix a;
    for (int trial = 0; trial < 60; trial++) {
        int large = trial % 6 == 0;
        begin(&a, random_between(0, ROWS), large ? MANY : random_between(0, COLUMNS),
              random_between(0, large ? 60 : 100), 0);
        size_t size, colors = 99, count = (size_t)a.n;
        CHECK(!numjac_first_fit_work((size_t)a.m, count, &size));
        uint64_t *work = guarded(size * sizeof *work);
        int32_t order[MANY], wanted[MANY], *color = guarded(count * sizeof *color), most = 0;
        shuffle(order, a.n);
        greedy(&a, order, wanted);
        CHECK(!numjac_check_lists(&a.columns, a.entries));
        CHECK(!numjac_first_fit(&a.columns, order, work, color, &colors));
        CHECK(same(color, wanted, count * sizeof *color));
        for (int j = 0; j < a.n; j++)
            most = wanted[j] >= most ? wanted[j] + 1 : most;
        CHECK(colors == (size_t)most);
        release(work, size * sizeof *work);
        release(color, count * sizeof *color);
        end(&a);
    }
}

static void transposing_gives_the_other_side(void) {
    static matrix a;
    for (int trial = 0; trial < 60; trial++) {
        begin(&a, random_between(0, ROWS), random_between(0, COLUMNS), random_between(0, 100), 0);
        numjac_lists made = lists(a.m, a.n, a.entries);
        ptrdiff_t *source = guarded(a.entries * sizeof *source);
        CHECK(!numjac_transpose(&a.columns, (ptrdiff_t *)(uintptr_t)made.start, (int32_t *)(uintptr_t)made.index,
                                source));
        CHECK(same(made.start, a.rows.start, ((size_t)a.m + 1) * sizeof *made.start));
        CHECK(same(made.index, a.rows.index, a.entries * sizeof *made.index));
        for (int i = 0; i < a.m; i++)
            for (ptrdiff_t e = made.start[i]; e < made.start[i + 1]; e++) {
                CHECK(a.columns.index[source[e]] == i);
                CHECK(source[e] >= a.columns.start[made.index[e]] && source[e] < a.columns.start[made.index[e] + 1]);
            }
        release(source, a.entries * sizeof *source);
        release_lists(&made, a.entries);
        end(&a);
    }
}

static void buckets_are_stable(void) {
    int32_t key[MANY];
    for (int size = 1; size < 40; size += 13) {
        for (int e = 0; e < MANY; e++)
            key[e] = random_between(0, size - 1);
        ptrdiff_t *start = guarded(((size_t)size + 1) * sizeof *start), *order = guarded(sizeof(ptrdiff_t) * MANY);
        CHECK(!numjac_bucket(MANY, key, (size_t)size, start, order));
        CHECK(start[0] == 0 && start[size] == MANY);
        for (int k = 0; k < size; k++)
            for (ptrdiff_t at = start[k]; at < start[k + 1]; at++)
                CHECK(key[order[at]] == k && (at == start[k] || order[at - 1] < order[at]));
        release(start, ((size_t)size + 1) * sizeof *start);
        release(order, sizeof(ptrdiff_t) * MANY);
    }
}

typedef int order_fn(const numjac_lists *, const numjac_lists *, uint64_t *, int32_t *);

static int is_order(order_fn *kernel, const numjac_lists *columns, const numjac_lists *rows) {
    size_t size, n = columns->count, sum = 0;
    unsigned char seen[MANY] = {0};
    if (numjac_order_work(columns->size, n, &size))
        return 0;
    uint64_t *work = guarded(size * sizeof *work);
    int32_t *order = guarded(n * sizeof *order);
    int status = kernel(columns, rows, work, order);
    for (size_t k = 0; k < n; k++)
        if (order[k] >= 0 && (size_t)order[k] < n && !seen[order[k]])
            seen[order[k]] = 1, sum++;
    release(work, size * sizeof *work);
    release(order, n * sizeof *order);
    return !status && sum == n;
}

/* What they are is tested in Python, against their twins. */
static void orders_name_each_column_once(void) {
    static matrix a, b;
    for (int trial = 0; trial < 60; trial++) {
        order_fn *const kernels[] = {numjac_largest_first, numjac_smallest_last, numjac_incidence_degree,
                                     numjac_rounds_last, numjac_breadth_first};
        begin(&a, random_between(0, ROWS), random_between(0, COLUMNS), random_between(0, 100), 0);
        begin(&b, a.m, a.n, random_between(0, 100), 0);
        for (int k = 0; k < 5; k++) {
            CHECK(is_order(kernels[k], &a.columns, &a.rows));
            CHECK(is_order(kernels[k], &a.columns, &b.rows)); /* not of one matrix */
        }
        end(&a), end(&b);
        begin(&a, COLUMNS, COLUMNS, random_between(0, 100), trial % 2);
        for (int k = 0; k < 3; k++)
            CHECK(is_order(kernels[k], &a.columns, NULL));
        end(&a);
    }
}

/* Of (i, j) and (j, i), which is alone in its row? */
static int alone(const matrix *a, const int32_t *color, int i, int j) {
    int met = 0;
    for (int k = 0; k < a->n; k++)
        met += (a->at[i][k] || k == i) && color[k] == color[j];
    return met == 1;
}

static void a_star_colouring_tells_every_entry(void) {
    static matrix a;
    for (int trial = 0; trial < 100; trial++) {
        begin(&a, random_between(0, COLUMNS), 0, 0, 0);
        end(&a);
        begin(&a, a.m, a.m, random_between(0, 100), 1);
        size_t size, colors, count = (size_t)a.n;
        CHECK(!numjac_star_work(count, a.entries, &size));
        uint64_t *work = guarded(size * sizeof *work);
        ptrdiff_t *next = guarded(count * sizeof *next), *mirror = guarded(a.entries * sizeof *mirror);
        int32_t order[MANY], *color = guarded(count * sizeof *color);
        shuffle(order, a.n);
        CHECK(!numjac_mirror(&a.rows, next, mirror));
        for (size_t e = 0; e < a.entries; e++)
            CHECK(mirror[mirror[e]] == (ptrdiff_t)e);
        CHECK(!numjac_star(&a.rows, mirror, trial % 3 ? order : NULL, work, color, &colors));
        for (int i = 0; i < a.n; i++) {
            CHECK((size_t)color[i] < colors && alone(&a, color, i, i));
            for (int j = 0; j < a.n; j++)
                CHECK(!a.at[i][j] || alone(&a, color, i, j) || alone(&a, color, j, i));
        }
        release(work, size * sizeof *work);
        release(next, count * sizeof *next);
        release(mirror, a.entries * sizeof *mirror);
        release(color, count * sizeof *color);
        end(&a);
    }
}

static void what_is_no_pattern_is_refused(void) {
    const ptrdiff_t start[] = {0, 2, 3}, falling[] = {0, 4, 3}, late[] = {1, 2, 3};
    int32_t index[] = {0, 1, 1}, order[2], color[2];
    ptrdiff_t next[2], mirror[3];
    uint64_t work[16];
    size_t colors;
    numjac_lists good = {2, 2, start, index}, narrow = {2, 1, start, index}, large = {INT32_MAX, 2, start, index};
    CHECK(!numjac_check_lists(&good, 3));
    CHECK(numjac_check_lists(&good, 2) == NUMJAC_NO_ENTRY);
    CHECK(numjac_check_lists(&narrow, 3) == NUMJAC_NO_ENTRY);
    CHECK(numjac_check_lists(&large, 3) == NUMJAC_TOO_LARGE);
    CHECK(numjac_check_lists(&(numjac_lists){2, 2, falling, index}, 3) == NUMJAC_NO_ENTRY);
    CHECK(numjac_check_lists(&(numjac_lists){2, 2, late, index}, 3) == NUMJAC_NO_ENTRY);
    CHECK(numjac_mirror(&good, next, mirror) == NUMJAC_NO_MIRROR);
    CHECK(numjac_mirror(&narrow, next, mirror) == NUMJAC_NO_MIRROR);
    for (int k = -1; k <= 2; k++) {
        order[0] = 0, order[1] = k;
        CHECK(numjac_first_fit(&good, order, work, color, &colors) == (k == 1 ? NUMJAC_OK : NUMJAC_NO_ENTRY));
    }
    index[2] = -1;
    CHECK(numjac_check_lists(&good, 3) == NUMJAC_NO_ENTRY);
    CHECK(numjac_bucket(3, index, 2, next, mirror) == NUMJAC_NO_ENTRY);
}

static void sizes_are_computed_beyond_32_bits(void) {
    const size_t most = INT32_MAX - 1;
    size_t size;
    CHECK(!numjac_first_fit_work(most, most, &size) && size == most + most / 2);
    CHECK(!numjac_order_work(most, most, &size) && size == 4 * most);
    CHECK(!numjac_star_work(most, (size_t)1 << 40, &size) && size == most + 1 + ((size_t)3 << 39));
    CHECK(numjac_first_fit_work(most + 1, 1, &size) == NUMJAC_TOO_LARGE);
    CHECK(numjac_order_work(1, most + 1, &size) == NUMJAC_TOO_LARGE);
    CHECK(numjac_star_work(1, SIZE_MAX / 8, &size) == NUMJAC_TOO_LARGE);
    CHECK(numjac_star_work(1, SIZE_MAX, &size) == NUMJAC_TOO_LARGE);
    CHECK(numjac_bucket(0, NULL, most + 1, NULL, NULL) == NUMJAC_TOO_LARGE);
}

int main(void) {
    RUN(first_fit_is_greedy);
    RUN(transposing_gives_the_other_side);
    RUN(buckets_are_stable);
    RUN(orders_name_each_column_once);
    RUN(a_star_colouring_tells_every_entry);
    RUN(what_is_no_pattern_is_refused);
    RUN(sizes_are_computed_beyond_32_bits);
    return failures != 0;
}
