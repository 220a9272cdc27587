#!/bin/sh
# The test suite on one wheel, under every Python >= 3.11 that is found: every_python.sh WHEEL
set -eu

about='import ensurepip, sys, venv; print("%d.%d" % sys.version_info[:2]); sys.exit(sys.version_info < (3, 11))'
tested=
for python in python3 python3.11 python3.12 python3.13 python3.14 python3.15 \
    "${PYENV_ROOT:-$HOME/.pyenv}"/versions/*/bin/python; do
    version=$("$python" -c "$about" 2>/dev/null) || continue
    case "$tested " in *" $version "*) continue ;; esac
    tested="$tested $version"
    echo "numjac: $1 under Python $version"
    "$python" -m venv --clear "build/wheel-test/$version"
    "build/wheel-test/$version/bin/python" -m pip --quiet install --only-binary=:all: "$1[test]"
    "build/wheel-test/$version/bin/python" -m pytest
done
[ "$tested" ] || { echo "numjac: there is no Python >= 3.11 to test under" >&2 && exit 1; }
echo "numjac: $1 passed under Python$tested"
