#!/bin/sh
# SPDX-License-Identifier: MIT
# The library with another C library: built with musl-gcc (Debian: musl-tools),
# linked statically, the examples run on every back-end and print what they
# should. libsodium is Debian's archive, which is made for the GNU C library: it
# needs one function of it that musl has not, which this test supplies.
# musl.sh CMAKE SOURCE_FOLDER CC BACKEND...
set -eu
cmake=$1
source=$2
cc=$3
shift 3
command -v musl-gcc >/dev/null || {
	echo 'skip: musl-gcc is missing: scripts/setup test'
	exit 77
}
archive=$("$cc" -print-file-name=libsodium.a)
[ -e "$archive" ] || {
	echo 'skip: there is no static libsodium'
	exit 77
}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM

quiet() { # COMMAND... : its output only if it fails
	"$@" >"$folder/log" 2>&1 || {
		tail -n 40 "$folder/log"
		echo "failed: $*"
		exit 1
	}
}

# musl-gcc looks for musl's headers only; the kernel's are searched after them.
mkdir "$folder/headers"
header() { # FILE : the folder of headers that it is in
	found=$(echo "#include <$1>" | "$cc" -M -x c - | tr ' ' '\n' |
		grep "/$1\$" | head -n 1)
	echo "${found%/"${1#*/}"}"
}
ln -s "$(header linux/futex.h)" "$(header asm/unistd.h)" \
	"$(header asm-generic/errno.h)" "$folder/headers"
sodium=$(header sodium/core.h)
ln -s "$sodium" "$sodium.h" "$folder/headers"

# In place of a configured build of libsodium; see above.
cat >"$folder/supplied.c" <<'END'
#include <string.h>
void __explicit_bzero_chk(void *memory, size_t bytes, size_t room);
void __explicit_bzero_chk(void *memory, size_t bytes, size_t room)
{
	if (bytes > room)
		__builtin_trap();
	explicit_bzero(memory, bytes);
}
END

quiet "$cmake" -S "$source" -B "$folder/build" -DCMAKE_C_COMPILER=musl-gcc \
	-DCMAKE_C_FLAGS="-idirafter $folder/headers" \
	-DCMAKE_BUILD_TYPE=Debug -DCMAKE_INSTALL_LIBDIR=lib \
	-DSODIUM_INCLUDE_DIR="$folder/headers" -DSODIUM_LIBRARY="$archive" \
	-DIPCMARK_BUILD_TOOLS=OFF -DBUILD_TESTING=OFF
quiet "$cmake" --build "$folder/build" -j2 --target ipcmark_static
library=$(find "$folder/build" -name libipcmark.a)
version=$(find "$folder/build" -path '*/include/ipcmark/version.h')

ran=0
for program in "$source"/conformance/examples/*.c; do
	name=$(basename "$program" .c)
	quiet musl-gcc -static -pthread -D_GNU_SOURCE \
		-idirafter "$folder/headers" -I"$source/impls/include" \
		-I"${version%/ipcmark/version.h}" \
		"$program" "$folder/supplied.c" "$library" "$archive" \
		-o "$folder/$name"
	for backend; do
		quiet sh "$source/conformance/examples/run.sh" \
			"$folder/$name" "${program%.c}.txt" "$backend"
		ran=$((ran + 1))
	done
done
[ $ran -gt 0 ] || {
	echo 'no example ran'
	exit 1
}
echo "$ran runs of statically linked examples"
