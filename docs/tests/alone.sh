#!/bin/sh
# SPDX-License-Identifier: MIT
# The library alone is configured, built and installed where there is nothing
# but a C compiler, CMake and libsodium: no pkg-config, no C++ compiler, no
# Python. The consumer runs against what was installed, static and shared.
# alone.sh CMAKE SOURCE_FOLDER CC
set -eu
cmake=$1
source=$2
cc=$3
folder=$(mktemp -d)
rm=$(command -v rm)
trap '"$rm" -rf "$folder"' EXIT

quiet() { # COMMAND... : its output only if it fails
	"$@" >"$folder/log" 2>&1 || {
		tail -n 40 "$folder/log"
		echo "failed: $*"
		exit 1
	}
}

# libsodium by itself, in a folder that CMake is told.
sodium=$folder/sodium
mkdir "$sodium" "$sodium/include" "$sodium/lib"
header=$(echo '#include <sodium.h>' | "$cc" -M -x c - | tr ' ' '\n' |
	grep '/sodium\.h$')
ln -s "$header" "${header%.h}" "$sodium/include"
ln -s "$("$cc" -print-file-name=libsodium.so)" "$sodium/lib"

# A PATH with these programs only, and CMake looks nowhere else.
mkdir "$folder/bin"
for tool in make ld as ar ranlib nm objcopy sh uname tail "$cc" "$cmake"; do
	path=$(command -v "$tool") || continue
	ln -sf "$path" "$folder/bin/$(basename "$tool")"
done
PATH=$folder/bin
export PATH
unset CXX CC PKG_CONFIG PKG_CONFIG_PATH CXXFLAGS

quiet "$cmake" -S "$source" -B "$folder/build" -DCMAKE_C_COMPILER="$cc" \
	-DCMAKE_FIND_USE_CMAKE_SYSTEM_PATH=OFF -DCMAKE_BUILD_TYPE=Debug \
	-DCMAKE_PREFIX_PATH="$sodium" \
	-DIPCMARK_BUILD_TOOLS=OFF -DBUILD_TESTING=OFF
quiet "$cmake" --build "$folder/build" -j2
quiet "$cmake" --install "$folder/build" --prefix "$folder/prefix"
for shared in OFF ON; do
	quiet "$cmake" -S "$source/docs/tests/consumer" -B "$folder/$shared" \
		-DCMAKE_C_COMPILER="$cc" -DBUILD_SHARED_LIBS=$shared \
		-DCMAKE_PREFIX_PATH="$folder/prefix;$sodium"
	quiet "$cmake" --build "$folder/$shared"
	quiet "$folder/$shared/consumer"
done
