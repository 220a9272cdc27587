# SPDX-License-Identifier: BSD-3-Clause
# csrc/numjac.h, declared for Cython; the meaning and the size of every argument stand there.

from libc.stdint cimport int32_t, uint64_t

cdef extern from "numjac.h" nogil:
    enum:
        NUMJAC_OK
        NUMJAC_STOPPED
        NUMJAC_NO_STEP
        NUMJAC_NO_NUMBER
        NUMJAC_TOO_LARGE
        NUMJAC_INTERRUPTED
        NUMJAC_NO_MIRROR
        NUMJAC_SIZES
        NUMJAC_DATA
        NUMJAC_STATUS

    const char *numjac_message(int status)

    ctypedef struct numjac_quotient:
        double upper
        double lower
        double weight

    ctypedef struct numjac_pair:
        double upper
        double lower

    ctypedef struct numjac_table:
        size_t quotients
        const numjac_quotient *stencil
        size_t count
        const ptrdiff_t *entry
        const ptrdiff_t *slot
        const numjac_pair *nodes

    ctypedef struct numjac_outcome:
        size_t column
        double at
        int code
        size_t nonfinite

    void numjac_steps(size_t n, const double *x, const double *scale, double relative, double *h)
    int numjac_nodes(size_t n, const double *x, size_t count, const ptrdiff_t *entry, const double *h,
                     size_t quotients, const numjac_quotient *stencil, numjac_pair *nodes, size_t *column)
    int numjac_columns_work(size_t n, size_t m, size_t threads, size_t *size)
    size_t numjac_samples(size_t quotients, const numjac_quotient *stencil)
    int numjac_fill(size_t n, const double *x, const numjac_table *table, size_t first, size_t last, double *X)
    int numjac_combine(size_t m, const double *value, const numjac_table *table, size_t first, size_t last,
                       const double *Y, size_t width, double *J, size_t *nonfinite)
    size_t numjac_max_threads()
    void numjac_release_threads()
    const char *numjac_parallel_backend()

    enum:
        NUMJAC_LEVELS

    ctypedef struct numjac_trial:
        double x
        double size
        double low
        double high
        double eps
        double first
        double rtol
        int pairs
        int target
        int frugal
        int calm
        double next
        int sides
        int count
        double most
        int onesided
        double h[16]

    ctypedef struct numjac_outputs:
        size_t m
        const double *value
        const double *noise
        const unsigned char *blind
        double unit

    ctypedef struct numjac_desk:
        pass

    void numjac_trial_begin(numjac_trial *t)
    void numjac_trial_next(numjac_trial *t, const numjac_outputs *f, const double *samples, double *V, double *E,
                           unsigned short *flags, numjac_desk *desk)

    ctypedef struct numjac_record:
        ptrdiff_t first
        ptrdiff_t second
        double by_first
        double by_second

    int numjac_records_forward(size_t inputs, size_t count, const numjac_record *record, size_t k, double *T)
    int numjac_records_backward(size_t inputs, size_t count, const numjac_record *record, size_t k, double *U)

    int numjac_gather(size_t k, size_t size, const double *T, size_t count, const ptrdiff_t *index, double *to)
    int numjac_scatter(size_t k, size_t count, const ptrdiff_t *index, const double *U, size_t size, double *to)

    ctypedef struct numjac_leg:
        const ptrdiff_t *index
        const double *weight
        double scale

    int numjac_legs(size_t rows, size_t columns, size_t legs, const numjac_leg *leg, ptrdiff_t *start,
                    ptrdiff_t *column, double *value)

    ctypedef struct numjac_lists:
        size_t count
        size_t size
        const ptrdiff_t *start
        const int32_t *index

    int numjac_check_lists(const numjac_lists *lists, size_t entries)
    int numjac_bucket(size_t count, const int32_t *key, size_t size, ptrdiff_t *start, ptrdiff_t *order)
    int numjac_transpose(const numjac_lists *from_, ptrdiff_t *start, int32_t *index, ptrdiff_t *source)
    int numjac_first_fit(const numjac_lists *columns, const int32_t *order, uint64_t *work, int32_t *color,
                         size_t *colors)
    int numjac_first_fit_work(size_t rows, size_t columns, size_t *size)
    int numjac_largest_first(const numjac_lists *columns, const numjac_lists *rows, uint64_t *work, int32_t *order)
    int numjac_smallest_last(const numjac_lists *columns, const numjac_lists *rows, uint64_t *work, int32_t *order)
    int numjac_incidence_degree(const numjac_lists *columns, const numjac_lists *rows, uint64_t *work, int32_t *order)
    int numjac_rounds_last(const numjac_lists *columns, const numjac_lists *rows, uint64_t *work, int32_t *order)
    int numjac_breadth_first(const numjac_lists *columns, const numjac_lists *rows, uint64_t *work, int32_t *order)
    int numjac_order_work(size_t rows, size_t columns, size_t *size)
    int numjac_mirror(const numjac_lists *lists, ptrdiff_t *next, ptrdiff_t *mirror)
    int numjac_star(const numjac_lists *lists, const ptrdiff_t *mirror, const int32_t *order, uint64_t *work,
                    int32_t *color, size_t *colors)
    int numjac_star_work(size_t count, size_t entries, size_t *size)

    enum:
        NUMJAC_POSITIVE
        NUMJAC_NEGATIVE
        NUMJAC_ABSOLUTE
        NUMJAC_ADD
        NUMJAC_SUBTRACT
        NUMJAC_MULTIPLY
        NUMJAC_DIVIDE
        NUMJAC_POWER

    double numjac_slope(int function, double x, double y)
    void numjac_slopes(int function, double a, double b, double y, double *by_a, double *by_b)
    double numjac_bend(int function, double x, double y)
    void numjac_bends(int function, double a, double b, double y, double *aa, double *ab, double *bb)

cdef extern from "numjac.h":
    ctypedef int (*numjac_fn)(size_t n, const double *x, size_t m, double *y, void *data)

    ctypedef struct numjac_function:
        size_t n
        size_t m
        const double *x
        const double *value
        numjac_fn f
        void *data

    ctypedef struct numjac_team:
        size_t threads
        int (*poll)(void *context)
        void *context

    ctypedef struct numjac_foreign:
        void (*function)()
        void *data
        size_t parts

    int numjac_adapt(const numjac_foreign *foreign, int has, numjac_function *function) nogil
    int numjac_points(const numjac_function *function, size_t count, const double *X, const numjac_team *team, double *Y,
                      numjac_outcome *outcome) nogil
    int numjac_columns "numjac_columns" (
        const numjac_function *function, const numjac_table *table, const numjac_team *team, double *work, size_t width,
        double *J, numjac_outcome *outcome) nogil

    # The same, called with the GIL held and a Python function behind `f`: an exception of f is under way when it returns.
    int numjac_columns_of_python "numjac_columns" (
        const numjac_function *function, const numjac_table *table, const numjac_team *team, double *work, size_t width,
        double *J, numjac_outcome *outcome) except *

    ctypedef struct numjac_groups:
        size_t quotients
        const numjac_quotient *stencil
        size_t groups
        const ptrdiff_t *first
        const ptrdiff_t *entry
        const numjac_pair *nodes
        const ptrdiff_t *start
        const int32_t *row
        const int32_t *column

    int numjac_check_groups(size_t n, size_t m, const numjac_groups *groups) nogil
    void numjac_move_group(const numjac_groups *groups, size_t g, size_t q, int down, double *x) nogil
    size_t numjac_group_slopes(const numjac_groups *groups, size_t g, size_t q, const double *upper,
                               const double *lower, double *slope) nogil
    int numjac_compressed(const numjac_function *function, const numjac_groups *groups, const numjac_team *team,
                          double *work, double *slope, numjac_outcome *outcome) nogil
    int numjac_decompress(size_t count, const ptrdiff_t *source, size_t size, const double *slope, double *data) nogil

    ctypedef struct numjac_entries:
        size_t count
        const int32_t *row
        const int32_t *column
        const double *data

    int numjac_stray(size_t m, size_t n, const numjac_entries *of, const double *w, const double *slope,
                     const double *slack, double part, double *work, size_t *row) nogil
    int numjac_repeated(size_t lists, const ptrdiff_t *start, const int32_t *index, size_t size, ptrdiff_t *seen) nogil
