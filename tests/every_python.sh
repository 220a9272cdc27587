#!/bin/sh
# The test suite on one wheel, under every Python >= 3.11 that is found, with the oldest NumPy that this Python has and
# with the newest, and with no compiler in PATH: every_python.sh WHEEL
set -eu

about='import ensurepip, sys, venv; print("%d.%d" % sys.version_info[:2]); sys.exit(sys.version_info < (3, 11))'
words=build/wheel-test/words
rm -rf "$words" && mkdir -p "$words"
for word in sh env cat cp ls mkdir rm sed uname pgrep; do  # the last for joblib, which looks for what to end
    command -v $word >/dev/null && ln -s "$(command -v $word)" "$words/$word"
done
words=$(cd "$words" && pwd)

# NumPy has wheels for a Python from these on.
oldest() { case "$1" in 3.11 | 3.12) echo 2.0.0 ;; 3.13) echo 2.1.0 ;; *) echo 2.3.0 ;; esac }

tested=
for python in python3 python3.11 python3.12 python3.13 python3.14 python3.15 \
    "${PYENV_ROOT:-$HOME/.pyenv}"/versions/*/bin/python; do
    version=$("$python" -c "$about" 2>/dev/null) || continue
    case "$tested " in *" $version "*) continue ;; esac
    tested="$tested $version"
    venv=build/wheel-test/$version
    "$python" -m venv --clear "$venv"
    for numpy in "==$(oldest "$version").*" ">=$(oldest "$version")"; do
        numpy=$(echo "$numpy" | sed 's/\.0\.\*$/.*/')
        "$venv/bin/python" -m pip --quiet install --upgrade --only-binary=:all: "numpy$numpy" "$1[test]"
        echo "numjac: $1 under Python $version with NumPy $("$venv/bin/python" -c 'import numpy; print(numpy.__version__)')"
        PATH="$PWD/$venv/bin:$words" "$venv/bin/python" -m pytest -q
    done
done
[ "$tested" ] || { echo "numjac: there is no Python >= 3.11 to test under" >&2 && exit 1; }
echo "numjac: $1 passed under Python$tested"
