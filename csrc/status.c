/* SPDX-License-Identifier: BSD-3-Clause
 * status.c - a sentence for every status. */
#include "numjac.h"

const char *numjac_message(int status) {
    switch ((numjac_status)status) {
    case NUMJAC_OK:
        return "no error";
    case NUMJAC_STOPPED:
        return "the function stopped the computation";
    case NUMJAC_NO_STEP:
        return "the step is too small to change x";
    case NUMJAC_NO_NUMBER:
        return "the step leads outside the range of floating-point numbers";
    case NUMJAC_NO_ENTRY:
        return "an index lies outside its array";
    case NUMJAC_TOO_LARGE:
        return "the arrays are too large to be addressed";
    case NUMJAC_INTERRUPTED:
        return "the computation was interrupted";
    case NUMJAC_NO_MIRROR:
        return "the pattern is not symmetric, or its lists are not in order";
    }
    return "not a status of numjac";
}
