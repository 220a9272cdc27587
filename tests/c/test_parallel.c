/* SPDX-License-Identifier: BSD-3-Clause
 * test_parallel.c - the threads. */
#include "check.h"
#include "numjac.h"

enum { MOST = 40 };

static void count_call(size_t part, void *context) { ((int *)context)[part]++; }

static void every_part_is_called_once(void) {
    for (size_t parts = 1; parts <= MOST; parts++) {
        int calls[MOST + 1] = {0};
        numjac_parallel(parts, count_call, calls);
        for (size_t part = 0; part < parts; part++)
            CHECK(calls[part] == 1);
        CHECK(calls[parts] == 0);
    }
}

static void there_is_a_thread_and_a_backend(void) {
    CHECK(numjac_max_threads() >= 1);
    CHECK(strstr(numjac_parallel_backend(), "OpenMP") || !strcmp(numjac_parallel_backend(), "pthreads") ||
          !strcmp(numjac_parallel_backend(), "serial"));
    CHECK(strcmp(numjac_parallel_backend(), "serial") || numjac_max_threads() == 1);
}

int main(void) {
    RUN(every_part_is_called_once);
    RUN(there_is_a_thread_and_a_backend);
    return failures != 0;
}
