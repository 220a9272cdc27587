#!/bin/sh
# Compiles the C core for machines that are not here, by the compiler of Zig, which has their headers: cross.sh PYTHON
# What threads are made of there: POSIX threads, or none on Windows, as csrc/CMakeLists.txt finds without OpenMP.
set -eu

python=$1
flags="-std=c11 -O2 -ffp-contract=off -fno-math-errno -Wall -Wextra -Wpedantic -Werror"
for target in x86_64-linux-gnu.2.17 x86_64-linux-musl aarch64-linux-gnu.2.17 aarch64-linux-musl \
    aarch64-macos x86_64-macos x86_64-windows-gnu aarch64-windows-gnu; do
    case "$target" in *windows*) threads= ;; *) threads=-DNUMJAC_PTHREAD ;; esac
    mkdir -p "build/cross/$target"
    for file in csrc/*.c; do
        "$python" -m ziglang cc -target "$target" $flags $threads -c "$file" -o "build/cross/$target/$(basename "$file" .c).o"
    done
    echo "numjac: the core compiles for $target"
done
