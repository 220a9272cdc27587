/* SPDX-License-Identifier: BSD-3-Clause
 * test_status.c - the sentences for a status. */
#include "check.h"
#include "numjac.h"

enum { FIRST = NUMJAC_OK, LAST = NUMJAC_NO_MIRROR };

static void every_status_has_a_message_of_its_own(void) {
    for (int a = FIRST; a <= LAST; a++) {
        CHECK(strlen(numjac_message(a)) > 0);
        for (int b = FIRST; b < a; b++)
            CHECK(strcmp(numjac_message(a), numjac_message(b)));
    }
}

static void what_is_no_status_is_called_so(void) {
    const int strange[] = {FIRST - 1, LAST + 1, 1000, INT32_MIN, INT32_MAX};
    for (size_t k = 0; k < sizeof strange / sizeof *strange; k++) {
        CHECK(numjac_message(strange[k]));
        CHECK(!strcmp(numjac_message(strange[k]), numjac_message(FIRST - 1)));
        for (int status = FIRST; status <= LAST; status++)
            CHECK(strcmp(numjac_message(strange[k]), numjac_message(status)));
    }
}

int main(void) {
    RUN(every_status_has_a_message_of_its_own);
    RUN(what_is_no_status_is_called_so);
    return failures != 0;
}
