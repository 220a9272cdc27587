#!/bin/sh
# Makes a virtual environment to build numjac in, or says in one line what the machine lacks for that.
#
#     tools/venv.sh PYTHON [VENV]    without VENV it only looks
set -eu

fail() {
    echo "numjac: $*" >&2
    exit 1
}

for python in "$1" python3.15 python3.14 python3.13 python3.12 python3.11 ''; do
    [ "$python" ] || fail "missing: Python >= 3.11 ($1 is $(command -v "$1" >/dev/null && "$1" --version 2>&1 || echo 'not there');" \
        "make PYTHON=... names another)"
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && break
done
for compiler in ${CC:-cc gcc clang} ''; do
    command -v "$compiler" >/dev/null && break
done

missing=
"$python" -c 'import ensurepip, venv' 2>/dev/null ||
    missing="$missing, the modules venv and ensurepip of $python (Debian: python3-venv)"
"$python" -c 'import sys, sysconfig; open(sysconfig.get_path("include") + "/Python.h")' 2>/dev/null ||
    missing="$missing, the headers of $python (Debian: python3-dev)"
[ "$compiler" ] ||
    missing="$missing, a C compiler as ${CC:-cc, gcc or clang} (Debian: gcc and libc6-dev)"
[ -z "$missing" ] || fail "missing: ${missing#, }"

[ $# = 1 ] || "$python" -m venv "$2"
