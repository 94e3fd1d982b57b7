#!/bin/sh
# SPDX-License-Identifier: MIT
# Competitors as a run meets them: those that are built have proved rows and a
# version, one that is missing, lies, dies or hangs has a reason and no number,
# and nothing is left behind. Nothing here looks at a time.
#   competitors_test.sh PROGRAM FAKE        faults, without any library
#   competitors_test.sh PROGRAM - NAME     one that is built; 77 if it is not
set -eu

bench=$1
fake=$2
competitor=${3-}
# two that spin have no figures on one CPU
case $competitor in
boost_spsc | ck_ring) pin=2cpu ;;
*) pin=1cpu ;;
esac
dir=$(mktemp -d)
failures=0
trap 'rm -rf "$dir"' EXIT

fail() {
	echo "FAIL: $*" >&2
	sed 's/^/    /' "$dir/out" "$dir/err" >&2
	failures=$((failures + 1))
}

# run WANTED_EXIT ARGUMENTS...: a copy of the program among the competitors in $dir
run() {
	wanted=$1
	shift
	code=0
	"$dir/ipcmark-bench" --competitors --iface competitor --size 64 --pin $pin \
		--budget 1 --repeat 1 -q --timeout 5m \
		--report json="$dir/r.json" "$@" \
		>"$dir/out" 2>"$dir/err" || code=$?
	[ "$code" = "$wanted" ] || fail "exit $code, not $wanted: $*"
}

says() {
	grep -q -e "$2" "$dir/$1" || fail "$1 does not say \"$2\""
}

# Abstract sockets, semaphores, shared memory, and processes of our copies.
left() {
	grep -o '@ipcmark-competitor.*' /proc/net/unix || true
	find /dev/shm -name 'ipcmark-competitor*' -o -name 'sem.mp-*' 2>/dev/null ||
		true
	for process in /proc/[0-9]*; do
		case $(readlink "$process/exe" || true) in
		"$dir"/*) echo "process ${process#/proc/}" ;;
		esac
	done
}

# Once more after a while: others may make such things beside us for a moment.
leaves_nothing() {
	for pause in 0 1; do
		sleep "$pause"
		left 2>/dev/null | sort >"$dir/after"
		new=$(comm -13 "$dir/before" "$dir/after")
		[ -n "$new" ] || return 0
	done
	fail "left behind: $new"
}

cp "$bench" "$dir/ipcmark-bench"
: >"$dir/out"
: >"$dir/err"
left 2>/dev/null | sort >"$dir/before"

if [ -n "$competitor" ]; then
	program=$(dirname "$bench")/ipcmark-competitor-$competitor
	[ -x "$program" ] || {
		echo "skipped: the competitor $competitor is not built"
		exit 77
	}
	cp "$program" "$dir/"
	# --full: from many to many on one CPU, too
	run 0 --filter "^competitor/$competitor" --format csv --full
	grep -q ',ok,' "$dir/out" || fail "no row has a number"
	if grep -vE '^id,|,ok,' "$dir/out"; then fail "a row is not ok"; fi
	says r.json '"version": "[A-Za-z]* [0-9]*\.[0-9]'
	grep -q '"available": true' "$dir/r.json" || fail "it is not there"
	says out '/roundtrip/.*,ok,rtt_ns,'
	grep -q '"exact_max": [1-9]' "$dir/r.json" || fail "no histogram"
	if [ "$pin" = 2cpu ]; then
		run 0 --filter "^competitor/$competitor" --size 100
		says out 'unsupported: its messages have a fixed type'
	fi
	leaves_nothing
	[ "$failures" = 0 ]
	exit
fi

echo "those that are missing are skipped, and the way out is told"
run 77
for package in libboost-dev libzmq3-dev libnng-dev python3-dev; do
	says out "skipped: .* was not built: install $package, then build"
	says r.json "\"reason\": \".*install $package, then build"
done
if grep -E '"available": true|"status": "ok"' "$dir/r.json"; then
	fail "one of them is there"
fi

cp "$fake" "$dir/ipcmark-competitor-zeromq"

# faulty FAULT EXIT WORDS ARGUMENTS...: zeromq's rows are not ok, and say why
faulty() {
	echo "a competitor with the fault $1"
	IPCMARK_COMPETITOR_FAULT=$1
	export IPCMARK_COMPETITOR_FAULT
	wanted=$2
	words=$3
	shift 3
	run "$wanted" --filter competitor/zeromq/oneway "$@"
	unset IPCMARK_COMPETITOR_FAULT
	says out "$words"
	says r.json '"metrics": {}'
	if grep '"status": "ok"' "$dir/r.json"; then fail "it is ok"; fi
	leaves_nothing
}

echo "the fake without a fault is sound"
run 0 --filter competitor/zeromq --format csv
says out '/oneway/.*,ok,messages_per_s,'
says out '/roundtrip/.*,ok,rtt_ns,'
says r.json '"version": "Fake 1.2.3"'

# prints ANSWER: a program that says so, whatever it is asked
prints() {
	printf '#!/bin/sh\necho '"'%s'"'\n' "$1" >"$dir/ipcmark-competitor-nng"
	chmod +x "$dir/ipcmark-competitor-nng"
	echo "a competitor that prints $1"
	run 4 --filter competitor/nng/roundtrip
	says out "$2"
	if grep '"status": "ok"' "$dir/r.json"; then fail "it is ok"; fi
}

prints 'nonsense' 'error: .* did not print a sample'
prints '{"outcome": 99}' 'error: .* did not print a sample'
prints '{"outcome": 0}' 'error: .* a sample without a time'
prints '{"outcome": 0, "elapsed_ns": 9, "trips": {"bins": [[99999, 1]]}}' \
	'error: .* a histogram that is none'
rm "$dir/ipcmark-competitor-nng"

faulty drop 4 'invalid: of [0-9]* messages 1 never arrived'
faulty flip 4 'invalid: of .* messages .*, 1 damaged'
faulty refuse 4 'error: cannot create the object: the "fake" refuses'
faulty mute 4 'error: .* ended with exit code 0 and no answer'
faulty crash 4 'error: .* was killed by signal 9'
faulty hang 4 'timeout: .* did not end in time' --timeout 1
faulty linger 4 'timeout: .* did not end in time' --timeout 1
faulty no_library 77 'skipped: .* install libzmq3-dev, then build again'

[ "$failures" = 0 ]
