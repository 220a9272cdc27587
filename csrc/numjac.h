/* SPDX-License-Identifier: BSD-3-Clause
 *
 * numjac.h - the whole interface of the C core.
 *
 * The core knows no Python, allocates nothing and keeps no state: every array is the caller's, and its size
 * stands beside it in brackets. Nothing that is `const` is written to. Arrays of one call must not overlap.
 *
 * The one idea: a derivative is a weighted mean of difference quotients,
 *
 *     f'(x)  ~  sum_q weight[q] * (f(u_q) - f(l_q)) / (u_q - l_q),      sum_q weight[q] = 1,
 *
 * each taken between two *nodes*, an upper and a lower one. Forward, backward and central differences of any
 * order are such means with other numbers, so no function here asks for the name of a method. The width
 * u_q - l_q is that of the rounded nodes, the ones f is really called at: a step can not be misjudged.
 */
#ifndef NUMJAC_H
#define NUMJAC_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What became of a call. Everything but NUMJAC_OK leaves the results undefined. */
typedef enum {
    NUMJAC_OK = 0,
    NUMJAC_STOPPED,   /* f returned a non-zero status */
    NUMJAC_NO_STEP,   /* the two nodes of a quotient are the same number: the step is too small for x */
    NUMJAC_NO_NUMBER, /* a node, or the distance of two, is not finite though x is: the step leaves the range of double
                       */
    NUMJAC_NO_ENTRY,  /* an entry or a slot lies outside its array */
    NUMJAC_TOO_LARGE, /* the size of an array can not be held in a size_t */
    NUMJAC_INTERRUPTED, /* poll said so */
    NUMJAC_NO_MIRROR    /* a pattern has an entry (i, j) and none at (j, i), or its lists are not in order */
} numjac_status;

/* A sentence for every status; never NULL, never to be freed. */
const char *numjac_message(int status);

/* y = f(x): reads x[n], writes all of y[m], returns 0; anything else stops the computation. y is filled with NaN
 * before, so that an output that f does not write is seen. */
typedef int (*numjac_fn)(size_t n, const double *x, size_t m, double *y, void *data);

/* f at the point of differentiation. Complex numbers are pairs of doubles: re, im, re, im, ... */
typedef struct {
    size_t n;            /* length of x */
    size_t m;            /* length of f(x) */
    const double *x;     /* [n] the point */
    const double *value; /* [m] f(x); NULL if no quotient of the stencil has its lower node at the point */
    numjac_fn f;
    void *data; /* handed to f as it is */
} numjac_function;

/* Who works. The result never depends on the number of threads by a bit. */
typedef struct {
    size_t threads; /* at least 1; f must be callable from so many */
    int (*poll)(
        void *context); /* asked by the calling thread every 20 ms; anything but 0 stops. NULL: nobody is asked */
    void *context;
} numjac_team;

/* One difference quotient of a stencil: its nodes in units of the step h, and its share of the mean.
 * lower = 0 means the point itself, where f(x) is known and not evaluated again. */
typedef struct {
    double upper, lower, weight;
} numjac_quotient;

/* The two nodes of a quotient as values of one coordinate of x. */
typedef struct {
    double upper, lower;
} numjac_pair;

/* Which columns of the Jacobian are wanted, and where each is sampled. */
typedef struct {
    size_t quotients;               /* quotients in the stencil, at least 1 */
    const numjac_quotient *stencil; /* [quotients] */
    size_t count;                   /* columns */
    const ptrdiff_t *entry;         /* [count] the entry of x that a column moves; NULL: 0, 1, 2, ... */
    const ptrdiff_t *slot;    /* [count] the column of J that it is written to, no two the same; NULL: 0, 1, 2, ... */
    const numjac_pair *nodes; /* [count][quotients] */
} numjac_table;

/* How a run over columns went. */
typedef struct {
    size_t column;    /* when stopped: the lowest column (counted in the table), or row of X, at which f stopped */
    double at;        /* when stopped: the value its coordinate had */
    int code;         /* when stopped: what f returned */
    size_t nonfinite; /* entries of J that were not finite and became NaN */
} numjac_outcome;

/* steps.c -------------------------------------------------------------------------------------------------
 * Steps in proportion to x: h[j] = relative * s_j, where s_j is |x_j|, or scale_j if that is larger, or 1 if
 * x_j is zero (or subnormal) and no scale is given. */
void numjac_steps(size_t n, const double *x /* [n] */, const double *scale /* [n] or NULL */, double relative,
                  double *h /* [n] */);

/* nodes.c -------------------------------------------------------------------------------------------------
 * The nodes of every column from its step. A step is first made exact, h = (x + h) - x, going outward from
 * zero, so that x - h is exact too. On failure *column is the column at fault.
 * x[n] and h[count] are read, nodes[count][quotients] is written. A point that is itself not finite gives
 * nodes that are not finite and no failure: f decides what that means. */
int numjac_nodes(size_t n, const double *x, size_t count, const ptrdiff_t *entry /* [count] or NULL */, const double *h,
                 size_t quotients, const numjac_quotient *stencil, numjac_pair *nodes, size_t *column);

/* columns.c -----------------------------------------------------------------------------------------------
 * J, column by column: J[slot * m + i] is the derivative of f_i along the entry of that column. `width` is
 * the number of columns of J (a table may fill some of them only). Each thread owns its x and two samples.
 * Columns that are not in the table stay untouched. An entry of J that is not finite is set to NaN and counted. */
int numjac_columns(const numjac_function *function, const numjac_table *table, const numjac_team *team,
                   double *work /* numjac_columns_work */, size_t width, double *J /* [m * width] */,
                   numjac_outcome *outcome /* [threads]; the first is the one to read */);

/* How many doubles of work so many threads need, or NUMJAC_TOO_LARGE. */
int numjac_columns_work(size_t n, size_t m, size_t threads, size_t *size);

/* points.c ------------------------------------------------------------------------------------------------
 * f at many points: Y[row] = f(X[row]). Of the function, its point and value are not looked at. */
int numjac_points(const numjac_function *function, size_t count, const double *X /* [count][n] */,
                  const numjac_team *team, double *Y /* [count][m] */,
                  numjac_outcome *outcome /* [threads]; the first is the one to read */);

/* foreign.c -----------------------------------------------------------------------------------------------
 * A function of another signature. That of a numjac_fn has the two sizes, data, and a status; each may be missing:
 *
 *     void f(const double *x, double *y)         has nothing of them; without a status it never stops
 *
 * and x and y may be complex numbers, of which the sizes are counts. */
typedef struct {
    double re, im;
} numjac_complex;

enum { NUMJAC_SIZES = 1, NUMJAC_DATA = 2, NUMJAC_STATUS = 4 };

typedef struct {
    void (*function)(void);
    void *data;   /* handed to it, if it has data */
    size_t parts; /* doubles in a number: 1, or 2 if it is complex */
} numjac_foreign;

/* Sets f and data of a numjac_function, whose own sizes count doubles; `foreign` has to live as long. */
int numjac_adapt(const numjac_foreign *foreign, int has /* of the above, or-ed */, numjac_function *function);

/* batch.c -------------------------------------------------------------------------------------------------
 * The same for a function of many points at once. The columns first <= c < last (last <= count) take
 * (last - first) * numjac_samples points, one behind the other: for each quotient the upper node, then the
 * lower one unless it is the point itself. */

/* How often f is evaluated in one column. */
size_t numjac_samples(size_t quotients, const numjac_quotient *stencil);

/* X[i][p] = entry i of point p. */
int numjac_fill(size_t n, const double *x /* [n] */, const numjac_table *table, size_t first, size_t last,
                double *X /* [n][points] */);

/* The columns from the samples Y[i][p] = f_i(point p); *nonfinite is increased by what became NaN. */
int numjac_combine(size_t m, const double *value /* [m]; NULL as in numjac_function */, const numjac_table *table,
                   size_t first, size_t last, const double *Y /* [m][points] */, size_t width,
                   double *J /* [m * width] */, size_t *nonfinite);

/* compress.c ----------------------------------------------------------------------------------------------
 * The same for a sparse Jacobian: columns that share no row, a *group*, move together, each to its own nodes. What is
 * stored of them lies group by group. */
typedef struct {
    size_t quotients;               /* quotients in the stencil, at least 1 */
    const numjac_quotient *stencil; /* [quotients] */
    size_t groups;
    const ptrdiff_t *first;   /* [groups + 1] where the columns of a group begin */
    const ptrdiff_t *entry;   /* [first[groups]] the entry of x that a column moves */
    const numjac_pair *nodes; /* [first[groups]][quotients] */
    const ptrdiff_t *start;   /* [groups + 1] where the stored entries of a group begin; no row twice in a group */
    const int32_t *row;       /* [start[groups]] the output of a stored entry */
    const int32_t *column;    /* [start[groups]] its column, counted like `entry` */
} numjac_groups;

/* NUMJAC_NO_ENTRY if something lies outside of its array, or a stored entry outside of its group. Stencil and nodes
 * are not looked at. All functions below take for granted that this was asked. */
int numjac_check_groups(size_t n, size_t m, const numjac_groups *groups);

/* slope[k] is the derivative of the output row[k] along the column of that entry. Groups are shared by threads. The
 * column of an outcome is the number of a group. */
int numjac_compressed(const numjac_function *function, const numjac_groups *groups, const numjac_team *team,
                      double *work /* numjac_columns_work */, double *slope /* [start[groups]] */,
                      numjac_outcome *outcome /* [threads]; the first is the one to read */);

/* By hand: x with a group moved to its upper nodes, or down to its lower ones; and what quotient q adds to the slopes
 * of the group. The last quotient makes NaN of what is not finite, and returns how many that are. */
void numjac_move_group(const numjac_groups *groups, size_t g, size_t q, int down, double *x /* [n] */);
size_t numjac_group_slopes(const numjac_groups *groups, size_t g, size_t q, const double *upper /* [m] */,
                           const double *lower /* [m] */, double *slope /* [start[groups]] */);

/* data[k] = slope[source[k]], one gather index for each stored entry. */
int numjac_decompress(size_t count, const ptrdiff_t *source /* [count] */, size_t size,
                      const double *slope /* [size] */, double *data /* [count] */);

/* Stored entries of a matrix. */
typedef struct {
    size_t count;
    const int32_t *row, *column; /* [count] */
    const double *data;          /* [count] */
} numjac_entries;

/* *row is the lowest row in which the entries, times w, miss a slope by more than its slack and a part of the sum of
 * the sizes of their terms; m if there is none. Rows that are not finite are none. */
int numjac_stray(size_t m, size_t n, const numjac_entries *of, const double *w /* [n] */, const double *slope /* [m] */,
                 const double *slack /* [m] */, double part, double *work /* [2 * m] */, size_t *row);

/* Whether one of the lists index[start[l] ... start[l + 1]] holds an index < size twice. */
int numjac_repeated(size_t lists, const ptrdiff_t *start /* [lists + 1] */, const int32_t *index /* [start[lists]] */,
                    size_t size, ptrdiff_t *seen /* [size] */);

/* trials.c ------------------------------------------------------------------------------------------------
 * Adaptive differences: f is sampled along a line at steps that are chosen one after the other, each from what the
 * ones before have shown, until the derivatives of all outputs are known. The caller samples, the core decides:
 *
 *     numjac_trial_begin(&t);
 *     while (t.next) {  sample at x + t.next and x - t.next, as far as t.sides says;  numjac_trial_next(&t, ...);  }
 *
 * Lines are independent of each other: what becomes of one depends on its own samples alone. */

/* Steps along one line, at most; and doubles that a decision needs beside them. */
enum { NUMJAC_LEVELS = 16, NUMJAC_DESK = 16384 };

/* What is to be known of a derivative; numbers that Python knows too. */
enum {
    NUMJAC_NOT_FINITE = 1,
    NUMJAC_NOISY = 16,         /* the noise of f is far above its rounding */
    NUMJAC_UNRESOLVED = 32,    /* no steps were found at which a series makes sense: the error is infinite */
    NUMJAC_KINK = 64,          /* the slopes to both sides differ */
    NUMJAC_JUMP = 128,         /* f itself jumps */
    NUMJAC_NO_DEPENDENCE = 256 /* f never changed at all */
};

/* One line. The first eleven are given by the caller, the rest is kept by the core. */
typedef struct {
    double x;         /* the coordinate of the point on the line */
    double size;      /* its magnitude: over such a distance f is expected to change */
    double low, high; /* how far it may move down and up, not negative */
    double eps;       /* spacing of its number format at 1; steps are multiples of the grid at x */
    double first;     /* the first step, in units of `size` */
    double rtol;      /* stop as soon as all errors are below this part of the derivatives; 0: do not */
    int pairs;        /* levels wanted: half the order */
    int target;       /* 1: first derivatives, 2: second ones */
    int frugal;       /* no level beyond those wanted, however much it promises, if all outputs are known without */
    int calm;         /* where nothing moves, believe it: do not look for a scale at which it does */

    double next; /* the step to sample at; 0: finished */
    int sides;   /* where: 1 above, 2 below, 3 both */
    int count;   /* steps so far */
    double h[NUMJAC_LEVELS];
    unsigned char finite[NUMJAC_LEVELS]; /* sides at which f was finite */
    double most;                         /* no step beyond */
    int capped, onesided, budget, rescues, shrink, still, why;
} numjac_trial;

/* f at the point, and what is known of its errors. */
typedef struct {
    size_t m;
    const double *value;        /* [m] f(x) */
    const double *noise;        /* [m] bounds of the errors of f beyond its rounding, absolute */
    const unsigned char *blind; /* [m] the argument may be rounded inside f, which no noise tells of */
    double unit;                /* the unit roundoff of f */
} numjac_outputs;

/* Memory for a decision; one for each thread. */
typedef struct {
    double memory[NUMJAC_DESK];
} numjac_desk;

/* Begin: sets t->next from the fields that the caller gives. */
void numjac_trial_begin(numjac_trial *t);

/* Decide: samples [count][2][m] are those of all steps so far, above and below, the last one taken at t->next.
 * Writes V[m], E[m] and flags[m], the derivatives as they are known now, and t->next. Of a finished line nothing is
 * read or written. */
void numjac_trial_next(numjac_trial *t, const numjac_outputs *f, const double *samples, double *V /* [m] */,
                       double *E /* [m] */, unsigned short *flags /* [m] */, numjac_desk *desk);

/* records.c -----------------------------------------------------------------------------------------------
 * The chain rule over scalar operations. Elements are numbered: the inputs first, then one for each record. */

/* One operation: the two elements it depends on, -1 for none, each before its own, and its partial derivatives. */
typedef struct {
    ptrdiff_t first, second;
    double by_first, by_second;
} numjac_record;

/* Tangents T [inputs + count][k], k seeds side by side: reads those of the inputs, writes those of the records. */
int numjac_records_forward(size_t inputs, size_t count, const numjac_record *record /* [count] */, size_t k,
                           double *T /* [inputs + count][k] */);

/* Cotangents U [inputs + count][k]: adds those of each record to those of what it depends on. */
int numjac_records_backward(size_t inputs, size_t count, const numjac_record *record /* [count] */, size_t k,
                            double *U /* [inputs + count][k] */);

/* slopes.c ------------------------------------------------------------------------------------------------
 * Derivatives of elementary functions at numbers x with y = f(x), or a, b with y = f(a, b). NAN for another code. */
typedef enum {
    NUMJAC_NO_FUNCTION = 0,
    NUMJAC_POSITIVE,
    NUMJAC_NEGATIVE,
    NUMJAC_ABSOLUTE,
    NUMJAC_SQUARE,
    NUMJAC_RECIPROCAL,
    NUMJAC_SQRT,
    NUMJAC_CBRT,
    NUMJAC_EXP,
    NUMJAC_EXP2,
    NUMJAC_EXPM1,
    NUMJAC_LOG,
    NUMJAC_LOG2,
    NUMJAC_LOG10,
    NUMJAC_LOG1P,
    NUMJAC_SIN,
    NUMJAC_COS,
    NUMJAC_TAN,
    NUMJAC_ARCSIN,
    NUMJAC_ARCCOS,
    NUMJAC_ARCTAN,
    NUMJAC_SINH,
    NUMJAC_COSH,
    NUMJAC_TANH,
    NUMJAC_ARCSINH,
    NUMJAC_ARCCOSH,
    NUMJAC_ARCTANH,
    NUMJAC_ADD,
    NUMJAC_SUBTRACT,
    NUMJAC_MULTIPLY,
    NUMJAC_DIVIDE,
    NUMJAC_POWER,
    NUMJAC_HYPOT,
    NUMJAC_ARCTAN2
} numjac_function_code;

double numjac_slope(int function, double x, double y);
void numjac_slopes(int function, double a, double b, double y, double *by_a, double *by_b);

/* Their second derivatives. */
double numjac_bend(int function, double x, double y);
void numjac_bends(int function, double a, double b, double y, double *aa, double *ab, double *bb);

/* gather.c ------------------------------------------------------------------------------------------------
 * Rows of an identity matrix: index[i] is the column of the one in row i, -1 for a row of zeros. */

/* to[k][count] from T[k][size]. */
int numjac_gather(size_t k, size_t size, const double *T /* [k][size] */, size_t count,
                  const ptrdiff_t *index /* [count] */, double *to /* [k][count] */);

/* Adds U[k][count] to to[k][size]; what meets adds up in the order of the index. */
int numjac_scatter(size_t k, size_t count, const ptrdiff_t *index /* [count] */, const double *U /* [k][count] */,
                   size_t size, double *to /* [k][size] */);

/* A selection whose rows are weighed, each by its own weight or all by one. */
typedef struct {
    const ptrdiff_t *index; /* [rows] */
    const double *weight;   /* [rows], or NULL: all are `scale` */
    double scale;
} numjac_leg;

/* The sum of legs as a sparse matrix by rows, columns in order: start[rows + 1]; column and value have room for
 * rows * legs. Entries that are zero are kept, for the pattern. */
int numjac_legs(size_t rows, size_t columns, size_t legs, const numjac_leg *leg /* [legs] */,
                ptrdiff_t *start /* [rows + 1] */, ptrdiff_t *column /* [rows * legs] */,
                double *value /* [rows * legs] */);

/* lists.c -------------------------------------------------------------------------------------------------
 * A pattern: where a matrix may have entries other than zero. It is kept as one list for each column, of the rows in
 * which that has entries, or the other way round. There are fewer than 2^31 - 1 rows and columns, any number of
 * entries. A list may be in any order, and names nothing twice. */
typedef struct {
    size_t count;           /* lists */
    size_t size;            /* what they list is 0, ..., size - 1 */
    const ptrdiff_t *start; /* [count + 1] list k lies at start[k], ..., start[k + 1] - 1 */
    const int32_t *index;   /* [start[count]] */
} numjac_lists;

/* Whether start never falls, from 0 to `entries`, and every index is below size. All others believe that. */
int numjac_check_lists(const numjac_lists *lists, size_t entries);

/* Which entries have which key: those with key k are order[start[k]], ..., in the order in which they came. */
int numjac_bucket(size_t count, const int32_t *key /* [count] from 0 to size - 1 */, size_t size,
                  ptrdiff_t *start /* [size + 1] */, ptrdiff_t *order /* [count] */);

/* The lists of the other side, each in order; source: the place at which each of their entries stood before. */
int numjac_transpose(const numjac_lists *from, ptrdiff_t *start /* [size + 1] */, int32_t *index /* [start[count]] */,
                     ptrdiff_t *source /* [start[count]] or NULL */);

/* coloring.c ----------------------------------------------------------------------------------------------
 * Colours for the columns of a matrix, so that no two of one colour have an entry in the same row: the greedy one, by
 * which each column in turn takes the lowest that is free. A column without entries has colour 0. An order that does
 * not name each column once gives NUMJAC_NO_ENTRY. */
int numjac_first_fit(const numjac_lists *columns, const int32_t *order /* [count] or NULL: 0, 1, 2, ... */,
                     uint64_t *work /* numjac_first_fit_work */, int32_t *color /* [count] */, size_t *colors);

/* How many uint64_t of work so many rows and columns need, or NUMJAC_TOO_LARGE. */
int numjac_first_fit_work(size_t rows, size_t columns, size_t *size);

/* orders.c, rounds.c --------------------------------------------------------------------------------------
 * In which order to colour. Two columns are neighbours if they share a row; where `rows` is NULL, `columns` is the
 * pattern of a symmetric matrix, and neighbours are those that have an entry in common. */

/* Most neighbours first, a pair counted once for each row that it shares. Stable. */
int numjac_largest_first(const numjac_lists *columns, const numjac_lists *rows, uint64_t *work, int32_t *order);

/* From the back: the column with the fewest neighbours among those that are left. */
int numjac_smallest_last(const numjac_lists *columns, const numjac_lists *rows, uint64_t *work, int32_t *order);

/* From the front: the column with the most neighbours that were taken; of several the one that became so last. */
int numjac_incidence_degree(const numjac_lists *columns, const numjac_lists *rows, uint64_t *work, int32_t *order);

/* Stand-ins for the last two, which take as many steps as there are pairs in a row; these do not. From the back, all
 * columns at once that have few neighbours; and from row to row. `rows` must not be NULL. */
int numjac_rounds_last(const numjac_lists *columns, const numjac_lists *rows, uint64_t *work, int32_t *order);
int numjac_breadth_first(const numjac_lists *columns, const numjac_lists *rows, uint64_t *work, int32_t *order);

/* How many uint64_t of work each of them needs, or NUMJAC_TOO_LARGE. */
int numjac_order_work(size_t rows, size_t columns, size_t *size);

/* stars.c -------------------------------------------------------------------------------------------------
 * Colours for a symmetric matrix, so that of the entries (i, j) and (j, i) one at least is alone in its row among those
 * whose column has the same colour. Entries on the diagonal are not looked at, and are always alone. */

/* mirror[e]: the place of (j, i), if (i, j) is at e. Lists that are not in order give NUMJAC_NO_MIRROR too; those of
 * numjac_transpose are. */
int numjac_mirror(const numjac_lists *lists, ptrdiff_t *next /* [count] */, ptrdiff_t *mirror /* [start[count]] */);

int numjac_star(const numjac_lists *lists, const ptrdiff_t *mirror /* of the above */,
                const int32_t *order /* [count] or NULL */, uint64_t *work /* numjac_star_work */,
                int32_t *color /* [count] */, size_t *colors);

/* How many uint64_t of work so many columns and entries need, or NUMJAC_TOO_LARGE. */
int numjac_star_work(size_t count, size_t entries, size_t *size);

/* parallel.c ----------------------------------------------------------------------------------------------
 * Calls body(0), ..., body(parts - 1), each once, on as many threads, the first one on that of the caller; the only
 * place that knows what a thread is. Where threads are few, one may do several parts. */
void numjac_parallel(size_t parts, void (*body)(size_t part, void *context), void *context);

/* How many threads pay at most: OMP_NUM_THREADS, or the processors that this process may run on; 1 without threads. */
size_t numjac_max_threads(void);

/* To be called before a fork(), so that the child can use threads too. */
void numjac_release_threads(void);

/* What stands behind numjac_parallel: "OpenMP 4.5", "pthreads" or "serial". */
const char *numjac_parallel_backend(void);

#ifdef __cplusplus
}
#endif
#endif
