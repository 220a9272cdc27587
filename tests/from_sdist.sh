#!/bin/sh
# Installs numjac from its source archive, as pip does, and tests that: from_sdist.sh PYTHON ARCHIVE
set -eu

python=$1 archive=$2
rm -rf build/sdist
"$python" -m venv build/sdist/venv
mkdir -p build/sdist/source
tar -xzf "$archive" -C build/sdist/source --strip-components=1
begun=$(date +%s)
build/sdist/venv/bin/python -m pip --quiet install "$archive"
echo "numjac: installed from $archive in $(($(date +%s) - begun)) s"
build/sdist/venv/bin/python -m pip --quiet install "$archive[test]"
cd build/sdist/source
../venv/bin/python -m pytest -q
