#!/bin/sh
# SPDX-License-Identifier: MIT
# A C++17 program includes each public header alone, and uses the macros.
# cxx.sh HEADERS GENERATED_HEADERS
set -eu
headers=$1
generated=$2
unset CDPATH # or cd may go elsewhere, and prints where
tests=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failed=0

compilers=
for compiler in g++ clang++; do
	! command -v $compiler >/dev/null || compilers="$compilers $compiler"
done
[ -n "$compilers" ] || {
	echo 'skipped: there is no C++ compiler'
	exit 77
}

check() { # FILE WHAT
	"$compiler" -std=c++17 -Wall -Wextra -Wold-style-cast -Werror \
		-fsyntax-only -I"$headers" -I"$generated" "$1" \
		2>"$folder/log" || {
		echo "$compiler does not accept $2:"
		head "$folder/log"
		failed=1
	}
}

for compiler in $compilers; do
	for header in "$headers"/ipcmark/*.h; do
		name=$(basename "$header")
		echo "#include <ipcmark/$name>" >"$folder/main.cc"
		check "$folder/main.cc" "$name"
	done
	check "$tests/macros.cc" macros.cc
done
exit $failed
