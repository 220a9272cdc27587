/* SPDX-License-Identifier: BSD-3-Clause
 * parallel.c - the only file that knows what a thread is, and the only one that remembers anything: the threads. */
#if defined(NUMJAC_PTHREAD)
#define _GNU_SOURCE /* sched_getaffinity, where there is one */
#endif
#include "numjac.h"

#if defined(NUMJAC_OPENMP)
#include <omp.h>

void numjac_parallel(size_t parts, void (*body)(size_t part, void *context), void *context) {
    if (parts == 1) { /* no region, so no runtime is started: a later fork() stays safe */
        body(0, context);
        return;
    }
#pragma omp parallel for schedule(static, 1) num_threads((int)parts)
    for (ptrdiff_t part = 0; part < (ptrdiff_t)parts; part++)
        body((size_t)part, context);
}

size_t numjac_max_threads(void) { return (size_t)omp_get_max_threads(); }

/* The runtime of GCC waits for ever in the child of a fork() that follows a parallel region, unless it was told to let
 * go of its threads before. */
void numjac_release_threads(void) {
#ifdef NUMJAC_OPENMP_PAUSE
    omp_pause_resource_all(omp_pause_soft);
#endif
}

const char *numjac_parallel_backend(void) {
    switch (_OPENMP) { /* the date of the specification that the compiler implements */
    case 201107:
        return "OpenMP 3.1";
    case 201307:
        return "OpenMP 4.0";
    case 201511:
        return "OpenMP 4.5";
    case 201811:
        return "OpenMP 5.0";
    case 202011:
        return "OpenMP 5.1";
    default:
        return "OpenMP";
    }
}

#elif defined(NUMJAC_PTHREAD)
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

/* Threads that sleep until there are parts to be done; they are made when they are first wanted, and stay. */
static struct {
    pthread_mutex_t lock; /* guards all that follows */
    pthread_cond_t begin, done;
    size_t threads;
    int busy;
    void (*body)(size_t part, void *context);
    void *context;
    size_t parts, taken, finished;
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER, .begin = PTHREAD_COND_INITIALIZER, .done = PTHREAD_COND_INITIALIZER};

/* The process whose threads they are: after a fork() the child has none of them, and locks nobody will open. */
static _Atomic(pid_t) owner;

static void adopt(void) {
    pid_t before = atomic_load(&owner), self = getpid();
    if (before != self && atomic_compare_exchange_strong(&owner, &before, self) && before) {
        pool.lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
        pool.begin = pool.done = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
        pool.threads = pool.parts = pool.taken = 0;
        pool.busy = 0;
    }
}

/* With the lock held: one part after the other, as long as there are some that nobody does. */
static void help(void) {
    while (pool.taken < pool.parts) {
        size_t part = pool.taken++;
        pthread_mutex_unlock(&pool.lock);
        pool.body(part, pool.context);
        pthread_mutex_lock(&pool.lock);
        if (++pool.finished == pool.parts)
            pthread_cond_signal(&pool.done);
    }
}

static void *serve(void *nothing) {
    pthread_mutex_lock(&pool.lock);
    for (;;) {
        help();
        pthread_cond_wait(&pool.begin, &pool.lock);
    }
    return nothing;
}

/* With the lock held: as many threads as that, or as there can be. They leave signals to those who can handle them. */
static void raise_to(size_t threads) {
    sigset_t all, before;
    pthread_attr_t detached;
    pthread_t thread;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    while (pool.threads < threads && !pthread_create(&thread, &detached, serve, NULL))
        pool.threads++;
    pthread_attr_destroy(&detached);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void numjac_parallel(size_t parts, void (*body)(size_t part, void *context), void *context) {
    if (parts > 1) {
        adopt();
        pthread_mutex_lock(&pool.lock);
        if (!pool.busy) {
            pool.busy = 1;
            raise_to(parts - 1);
            pool.body = body;
            pool.context = context;
            pool.parts = parts;
            pool.taken = 1; /* the first part is the caller's own */
            pool.finished = 0;
            pthread_cond_broadcast(&pool.begin);
            pthread_mutex_unlock(&pool.lock);
            body(0, context);
            pthread_mutex_lock(&pool.lock);
            pool.finished++;
            help();
            while (pool.finished < pool.parts)
                pthread_cond_wait(&pool.done, &pool.lock);
            pool.parts = pool.taken = 0;
            pool.busy = 0;
            pthread_mutex_unlock(&pool.lock);
            return;
        }
        pthread_mutex_unlock(&pool.lock); /* somebody else has the threads */
    }
    for (size_t part = 0; part < parts; part++)
        body(part, context);
}

/* OMP_NUM_THREADS where it is set, else the processors that this process may run on. */
size_t numjac_max_threads(void) {
    const char *told = getenv("OMP_NUM_THREADS");
    long threads = told ? strtol(told, NULL, 10) : 0;
#ifdef CPU_COUNT
    cpu_set_t allowed;
    if (threads < 1 && !sched_getaffinity(0, sizeof allowed, &allowed))
        threads = CPU_COUNT(&allowed);
#endif
    if (threads < 1)
        threads = sysconf(_SC_NPROCESSORS_ONLN);
    return threads < 1 ? 1 : (size_t)threads;
}

void numjac_release_threads(void) {}

const char *numjac_parallel_backend(void) { return "pthreads"; }

#else

void numjac_parallel(size_t parts, void (*body)(size_t part, void *context), void *context) {
    for (size_t part = 0; part < parts; part++)
        body(part, context);
}

size_t numjac_max_threads(void) { return 1; }

void numjac_release_threads(void) {}

const char *numjac_parallel_backend(void) { return "serial"; }

#endif
