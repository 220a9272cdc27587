#!/bin/sh
# Puts the libraries that a wheel is linked to into it, and looks at its ABI: repair.sh PYTHON FROM TO
# Only Linux needs the former here; elsewhere nothing is bundled.
set -eu

python=$1 from=$2 to=$3
mkdir -p "$to"
if [ "$(uname -s)" = Linux ]; then
    "$python" -m auditwheel repair --zip-compression-level 9 --wheel-dir "$to" "$from"/numjac-*.whl
else
    cp "$from"/numjac-*.whl "$to"
fi
"$python" -m abi3audit --strict --summary "$to"/numjac-*.whl
