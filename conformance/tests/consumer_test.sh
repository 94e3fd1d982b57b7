#!/bin/sh
# SPDX-License-Identifier: MIT
# A back-end from another project: install this build into a folder, build the example
# project against what was installed, check and measure the back-end with the
# installed command, which has been moved since.
# consumer_test.sh CMAKE BUILD_FOLDER CONSUMER_FOLDER
set -eu
cmake=$1
build=$2
consumer=$3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failed=0

# A build with sanitizers needs their run time in every consumer.
if grep -q '^IPCMARK_SANITIZE:.*=.' "$build/CMakeCache.txt"; then
	echo 'skipped: the library is instrumented'
	exit 77
fi

quiet() { # COMMAND... : its output only if it fails
	"$@" >"$folder/log" 2>&1 || {
		tail -n 40 "$folder/log"
		echo "failed: $*"
		exit 1
	}
}

# expect CODE TEXT ARGUMENT... : the command ends so and says TEXT
expect() {
	code=$1
	text=$2
	shift 2
	got=0
	"$ipcmark" "$@" >"$folder/out" 2>&1 || got=$?
	if [ "$got" -ne "$code" ] || ! grep -qF -- "$text" "$folder/out"; then
		cat "$folder/out"
		echo "ipcmark $*: exit $got, wanted $code and: $text"
		failed=1
	fi
}

prefix=$(sed -n 's/^CMAKE_INSTALL_PREFIX:PATH=//p' "$build/CMakeCache.txt")
DESTDIR="$folder/stage" quiet "$cmake" --install "$build"
mv "$folder/stage$prefix" "$folder/moved"
ipcmark=$folder/moved/bin/ipcmark

# nothing of the source tree is in reach: a copy, and the installed package
cp -r "$consumer" "$folder/project"
quiet "$cmake" -S "$folder/project" -B "$folder/out-of-tree" \
	-DCMAKE_PREFIX_PATH="$folder/moved"
quiet "$cmake" --build "$folder/out-of-tree"
cd "$folder/out-of-tree"

# a program that uses the library, over the library's and over its own
./talk pipe shm_ring ./libpacket_pipe.so

# one clause of each object, and those that look hardest at a back-end; the
# whole of CORE takes most of a minute: ipcmark check --backend ... -l core
some='^(Q-NEW-0[134]|Q-PUT-0[2-4]|Q-GET-0[1-9]|Q-SIZ-0[2-3]|Q-MSG-0[13]'
some="$some|Q-CLS-0[1-4]|Q-MP-0[123]|JQ-JN-0[2-5]|SQ-01|P-NEW-01|P-EOF-01"
some="$some|L-0[2-9]|RL-0[23]|S-0[123]|BS-01|C-0[24]|E-0[12]|B-0[12]"
some="$some|X-LEK-0[134]|X-FRK-02)\$"
expect 0 'conformant' check --backend ./libpacket_pipe.so --level core \
	--filter "$some" --progress none --report json=check.json
grep -q '^ packet_pipe ' "$folder/out" || failed=1
# what it does not offer is unsupported with its reason, not red
grep -q ' P-NEW-01  CORE     U ' "$folder/out" || {
	cat "$folder/out"
	echo 'a pipe that is not offered must be unsupported'
	failed=1
}
grep -q 'raises SIGPIPE' check.json || {
	echo 'the reason for what is not offered is not in the result'
	failed=1
}
grep -qF -- '--backend ./libpacket_pipe.so --filter' check.json || {
	echo 'the line that runs a cell again does not name the file'
	failed=1
}

# more than CPython gives: an interruptible call, and killed users
expect 0 'packet_pipe' check --backend ./libpacket_pipe.so --progress none \
	--filter '^(G-SIG-04|X-KIL-06)$'

# names and paths mixed, in the order of the columns
expect 0 'pipe  packet_pipe' check --backend ./libpacket_pipe.so,pipe \
	--filter '^Q-NEW-03$' --progress none
expect 0 'pipe in packet mode' list --backend ./libpacket_pipe.so
expect 0 'X-KIL-06' check --backend libpacket_pipe.so --list --filter X-KIL-06

# a fault injected into that back-end is found, too
expect 1 '--mutant flip' check --backend ./libpacket_pipe.so --mutant flip \
	--filter '^Q-MSG-01$' --progress none

if [ -x "$build/ipcmark-bench" ]; then
	expect 0 'packet_pipe' bench --backend pipe,./libpacket_pipe.so \
		--filter '/(oneway|roundtrip)/size=64/placement=1cpu$' \
		--iface queue --repeat 2 --budget 1 --timeout 5m --progress none \
		--report json=bench.json
	grep -q 'queue/packet_pipe/' bench.json || failed=1
	expect 0 'report.html' report --out report check.json bench.json
	grep -q 'packet_pipe' report/report.html || failed=1
fi

# a file that is no back-end
expect 2 'exports no ipcm_backend_plugin' check --backend \
	"$(ldd ./talk | awk '/libc[.]so/ { print $3 }')"
exit $failed
