#!/bin/sh
# SPDX-License-Identifier: MIT
# What is installed works from where it was put, and after it was moved: the
# command finds its programs, and a stranger's program builds against the
# library by pkg-config and by find_package.
# install.sh CMAKE BUILD_FOLDER CONSUMER_FOLDER
set -eu
cmake=$1
build=$2
consumer=$3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# A build with sanitizers needs their run time in every consumer.
if grep -q '^IPCMARK_SANITIZE:.*=.' "$build/CMakeCache.txt"; then
	echo 'skipped: the library is instrumented'
	exit 77
fi
DESTDIR="$folder/stage" "$cmake" --install "$build" >"$folder/log" ||
	{ tail "$folder/log"; exit 1; }
prefix=$(sed -n 's/^CMAKE_INSTALL_PREFIX:PATH=//p' "$build/CMakeCache.txt")
mv "$folder/stage$prefix" "$folder/moved"

"$folder/moved/bin/ipcmark" version
"$folder/moved/bin/ipcmark" env >/dev/null
"$folder/moved/bin/ipcmark" list >/dev/null
"$folder/moved/bin/ipcmark" report --help >/dev/null
test -f "$folder/moved/share/man/man1/ipcmark.1"
test -f "$folder/moved/share/man/man3/ipcmark.3"

pc=$(find "$folder/moved" -name ipcmark.pc)
if command -v pkg-config >/dev/null; then
	PKG_CONFIG_PATH=$(dirname "$pc")
	export PKG_CONFIG_PATH
	# shellcheck disable=SC2046 # the flags are words of their own
	cc -o "$folder/by_pkgconfig" "$consumer/consumer.c" \
		$(pkg-config --cflags --libs ipcmark)
	"$folder/by_pkgconfig"
fi
"$cmake" -S "$consumer" -B "$folder/consumer" \
	-DCMAKE_PREFIX_PATH="$folder/moved" >"$folder/log" 2>&1 ||
	{ tail "$folder/log"; exit 1; }
"$cmake" --build "$folder/consumer" >"$folder/log" 2>&1 ||
	{ tail "$folder/log"; exit 1; }
"$folder/consumer/consumer"
