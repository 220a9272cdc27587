/* SPDX-License-Identifier: BSD-3-Clause
 * check.h - what every test of the core needs: a check, a run, guarded memory, random numbers.
 * A test is a function whose name is the property it tests. */
#ifndef NUMJAC_CHECK_H
#define NUMJAC_CHECK_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures;

/* Leaves the function if the condition does not hold; the test has failed then. */
#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            printf("%s:%d: not true: %s\n", __FILE__, __LINE__, #condition);                                           \
            failures++;                                                                                                \
            return;                                                                                                    \
        }                                                                                                              \
    } while (0)

#define RUN(test) run(#test, test)

static inline void run(const char *name, void (*test)(void)) {
    int before = failures;
    test();
    printf("%s %s\n", failures == before ? "ok    " : "FAILED", name);
    fflush(stdout);
}

/* The same bits; unlike ==, this tells 0 from -0 and finds a NaN equal to itself. */
static inline int same(const void *a, const void *b, size_t bytes) { return !bytes || !memcmp(a, b, bytes); }

/* Memory between two guard zones. All of it is PAINT at first, so what was never written to can be told, too. */
enum { GUARD = 128, PAINT = 0xA5 };

static inline int painted(const void *memory, size_t bytes) {
    const unsigned char *byte = memory;
    for (size_t i = 0; i < bytes; i++)
        if (byte[i] != PAINT)
            return 0;
    return 1;
}

static inline void *guarded(size_t bytes) {
    char *zone = malloc(bytes + 2 * GUARD);
    if (!zone)
        abort();
    memset(zone, PAINT, bytes + 2 * GUARD);
    return zone + GUARD;
}

static inline double *doubles(size_t count) { return guarded(count * sizeof(double)); }

/* Frees guarded memory; the test has failed if a guard zone was written to. */
static inline void release(void *memory, size_t bytes) {
    char *inner = memory;
    if (!painted(inner - GUARD, GUARD) || !painted(inner + bytes, GUARD)) {
        printf("written to: the memory %s an array of %zu bytes\n", painted(inner - GUARD, GUARD) ? "behind" : "before",
               bytes);
        failures++;
    }
    free(inner - GUARD);
}

/* Pseudo-random bits, the same in every run: SplitMix64 (Steele, Lea, Flood 2014). */
static inline uint64_t random_bits(void) {
    static uint64_t state;
    uint64_t z = state += 0x9E3779B97F4A7C15;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
}

/* Uniform in [1, 2). */
static inline double random_mantissa(void) { return 1.0 + (double)(random_bits() >> 12) * 0x1p-52; }

/* Uniform in first, ..., last. */
static inline int random_between(int first, int last) {
    return first + (int)(random_bits() % (uint64_t)(last - first + 1));
}

#endif
