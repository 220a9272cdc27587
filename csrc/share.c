/* SPDX-License-Identifier: BSD-3-Clause
 * share.c - items handed out to threads one chunk after the other, until one stops or somebody interrupts.
 *
 * Items are handed out upward, and whoever has one below a failure finishes it: so the lowest failure is the same
 * one in every run, however many threads there are. */
#include "internal.h"

#include <time.h>

/* How long the calling thread goes on before it asks whether it should, in seconds. */
#define PATIENCE 0.005

/* How fast the number of evaluations grows from one time it asks to the next, while it asks too often. */
enum { GROWTH = 8 };

/* Chunks for each thread, at least, so that no thread waits long for another. */
enum { CHUNKS = 8, WIDEST = 64 };

static double now(void) {
    struct timespec t;
    timespec_get(&t, TIME_UTC);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Called by the first thread, between two evaluations of f that are `PATIENCE` apart or so. */
int numjac_ask(numjac_queue *queue) {
    double t = now(), passed = t - queue->asked;
    queue->asked = t;
    if (passed >= 0 && passed < PATIENCE / GROWTH && queue->every < SIZE_MAX / (2 * GROWTH))
        queue->every *= GROWTH; /* from one evaluation up to as many as patience allows */
    else if (passed > 2 * PATIENCE && queue->every > 1)
        queue->every /= 2;
    queue->left = queue->every;
    if (passed >= 0 && t - queue->polled < 4 * PATIENCE)
        return 0;
    queue->polled = t;
    if (queue->team->poll(queue->team->context))
        atomic_store(&queue->interrupted, 1);
    return atomic_load(&queue->interrupted);
}

/* Keep the lower one. */
static void lower(atomic_size_t *lowest, size_t item) {
    size_t seen = atomic_load(lowest);
    while (item < seen && !atomic_compare_exchange_weak(lowest, &seen, item))
        continue;
}

/* What one thread does: a chunk, and another one. */
static void work(size_t thread, void *context) {
    numjac_queue *queue = context;
    for (;;) {
        size_t first = atomic_fetch_add(&queue->next, queue->chunk);
        if (first >= queue->count)
            return;
        size_t last = queue->count - first < queue->chunk ? queue->count : first + queue->chunk;
        for (size_t item = first; item < last; item++) {
            if (item > atomic_load_explicit(&queue->lowest, memory_order_relaxed) || numjac_interrupted(queue, thread))
                return;
            if (queue->item(thread, item, queue)) {
                lower(&queue->lowest, item);
                return;
            }
        }
    }
}

int numjac_share(numjac_queue *queue) {
    size_t threads = queue->team->threads, share = queue->count / (CHUNKS * threads);
    queue->chunk = share < 1 ? 1 : share < WIDEST ? share : WIDEST;
    if (threads > queue->count)
        threads = queue->count ? queue->count : 1;
    atomic_init(&queue->next, 0);
    atomic_init(&queue->lowest, SIZE_MAX);
    atomic_init(&queue->interrupted, 0);
    queue->left = queue->every = 1;
    queue->asked = queue->polled = queue->team->poll ? now() : 0;
    numjac_parallel(threads, work, queue);
    if (atomic_load(&queue->interrupted))
        return NUMJAC_INTERRUPTED;
    return atomic_load(&queue->lowest) == SIZE_MAX ? NUMJAC_OK : NUMJAC_STOPPED;
}
