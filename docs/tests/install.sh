#!/bin/sh
# SPDX-License-Identifier: MIT
# What is installed works after it was moved: the command finds its programs,
# and another project builds against the library, static and shared, by
# pkg-config and by find_package.
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

if grep -q '^IPCMARK_BUILD_TOOLS:BOOL=ON' "$build/CMakeCache.txt"; then
	"$folder/moved/bin/ipcmark" version
	"$folder/moved/bin/ipcmark" env >/dev/null
	"$folder/moved/bin/ipcmark" list >/dev/null
	"$folder/moved/bin/ipcmark" report --help >/dev/null
	test -f "$folder/moved/share/man/man1/ipcmark.1"
fi
test -f "$folder/moved/share/man/man3/ipcmark.3"
test -f "$folder/moved/share/man/man3/ipcm_queue_put.3"

pc=$(find "$folder/moved" -name ipcmark.pc)
lib=$(dirname "$(dirname "$pc")")
LD_LIBRARY_PATH=$lib
export LD_LIBRARY_PATH
soname=$(objdump -p "$lib/libipcmark.so" | sed -n 's/ *SONAME *//p')
if [ "$soname" = libipcmark.so ] || [ ! -e "$lib/$soname" ]; then
	echo "the soname \"$soname\" has no version, or there is no such file"
	exit 1
fi
if command -v pkg-config >/dev/null; then
	PKG_CONFIG_PATH=$lib/pkgconfig
	export PKG_CONFIG_PATH
	# shellcheck disable=SC2046 # the flags are words of their own
	cc -o "$folder/shared" "$consumer/consumer.c" \
		$(pkg-config --cflags --libs ipcmark)
	ldd "$folder/shared" | grep -qF "$soname"
	"$folder/shared"
	# shellcheck disable=SC2046
	cc -static -o "$folder/static" "$consumer/consumer.c" \
		$(pkg-config --cflags --libs --static ipcmark)
	"$folder/static"
fi
for shared in OFF ON; do
	"$cmake" -S "$consumer" -B "$folder/consumer" \
		-DBUILD_SHARED_LIBS=$shared \
		-DCMAKE_PREFIX_PATH="$folder/moved" >"$folder/log" 2>&1 ||
		{ tail "$folder/log"; exit 1; }
	"$cmake" --build "$folder/consumer" >"$folder/log" 2>&1 ||
		{ tail "$folder/log"; exit 1; }
	"$folder/consumer/consumer"
done
