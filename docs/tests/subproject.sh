#!/bin/sh
# SPDX-License-Identifier: MIT
# A project with ipcmark in add_subdirectory() keeps its own cache, tests,
# warnings, C standard, output folders and installation.
# subproject.sh CMAKE SOURCE_FOLDER CC
set -eu
cmake=$1
source=$2
cc=$3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

fail() {
	echo "$*"
	exit 1
}
quiet() { # COMMAND... : its output only if it fails
	"$@" >"$folder/log" 2>&1 || {
		tail -n 40 "$folder/log"
		fail "failed: $*"
	}
}

quiet "$cmake" -S "$source/docs/tests/subproject" -B "$folder/build" \
	-DCMAKE_C_COMPILER="$cc" -DIPCMARK_SOURCE="$source" \
	-DCMAKE_INSTALL_PREFIX="$folder/prefix"
! grep -E '^(BUILD_TESTING|CMAKE_BUILD_TYPE:[A-Z]*=.|PKG_CONFIG|IPCMARK_SANITIZE:.*=.)' \
	"$folder/build/CMakeCache.txt" || fail 'the cache of the parent changed'
quiet "$cmake" --build "$folder/build" -j2
[ -x "$folder/build/bin/shop" ] || fail 'the program is not in its folder'
quiet "$folder/build/bin/shop"
[ -z "$(find "$folder/build" -name 'libipcmark.so*' -o -name 'ipcmark-*' \
	-type f -perm -u+x)" ] || fail 'more than the library asked for was built'

quiet "$cmake" --install "$folder/build"
installed=$(cd "$folder/prefix" && find . ! -type d)
[ "$installed" = ./bin/shop ] || fail "installed: $installed"
tests=$(cd "$folder/build" && "${cmake%cmake}ctest" -N | grep -c 'Test *#')
[ "$tests" -eq 1 ] || fail "the parent has one test, ctest sees $tests"
