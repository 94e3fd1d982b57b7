#!/bin/sh
# SPDX-License-Identifier: MIT
# Exit codes that a script can trust, in all verbs: what could not be written,
# was not judged or not measured is never 0; what a parent left behind changes
# nothing; devices, FIFOs and links are written into, never replaced.
# exit_codes.sh IPCMARK
# shellcheck disable=SC2317 # functions that are given to others
set -u
ipcmark=$1
failed=0
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1

fail() {
	echo "$*"
	sed 's/^/    /' out err 2>/dev/null
	failed=1
}

# expect CODE TEXT COMMAND...: TEXT on standard error
expect() {
	code=$1
	text=$2
	shift 2
	got=0
	"$@" >out 2>err || got=$?
	[ "$got" -eq "$code" ] || fail "$*: exit $got instead of $code"
	[ -z "$text" ] || grep -qF -- "$text" err || fail "$*: does not say: $text"
}

cell='queue/pipe/oneway/size=64/placement=1cpu$'
check() {
	"$ipcmark" check -b shm_ring -f '^Q-PUT-02$' -q --progress none "$@"
}
bench() {
	"$ipcmark" bench -f "$cell" -b pipe -r 3 --counts=none --budget 1 -q \
		--timeout 5m "$@"
}
has() {
	"$ipcmark" "$1" --help >/dev/null 2>&1
}
mutants() {
	"$ipcmark" selftest mutants --assume-green -f '^two-tokens$' "$@"
}
has check || exit 77
has bench || exit 77

expect 0 '' bench --report json=b.json
expect 0 '' check --report json=c.json

# ---- what cannot be written ----

# to COMMAND...: with standard output on a full disk, and closed
full() {
	got=0
	"$@" >/dev/full 2>err || got=$?
	: >out
	[ "$got" -eq 3 ] || fail "$* on a full disk: exit $got instead of 3"
	grep -q 'cannot write to standard output' err ||
		fail "$* on a full disk: says nothing"
}
closed() {
	got=0
	"$@" >&- 2>err || got=$?
	: >out
	[ "$got" -eq 3 ] || fail "$* without an output: exit $got instead of 3"
}
if [ -c /dev/full ]; then
	for words in help --version version 'help list' 'list' 'list --cells' \
		'list --clauses' 'list --backend pipe' 'env' 'env --format json' \
		'check --list' 'check --list-markdown' 'check --list-mutants' \
		'check --dry-run' 'bench --list' 'bench --dry-run' \
		'help bench' 'help check' 'help report' 'help compare' \
		'help export' 'help env' 'help selftest' \
		'selftest mutants --list' 'export --to csv b.json' \
		'export --to tap c.json' 'report --ascii b.json' \
		'compare --force b.json b.json'; do
		# shellcheck disable=SC2086 # several words
		full "$ipcmark" $words
	done
	full check
	full bench
	full mutants
	if has gate; then full "$ipcmark" help gate; fi
fi
for factor in 0 21 2x -1; do
	IPCMARK_TIME_FACTOR=$factor expect 2 'a whole number from 1 to 20' check
done
IPCMARK_TIME_FACTOR=20 expect 0 '' check
closed "$ipcmark" list
# nor does a result get the number of a closed descriptor
"$ipcmark" bench -f "$cell" -b pipe -r 3 --counts=none --budget 1 -q \
	--report json=closed.json >&- 2>/dev/null
"$ipcmark" export --to csv closed.json >out 2>err ||
	fail 'a result written without a standard output'

for words in 'check -b shm_ring -f ^Q-PUT-02$ -q --report json=' \
	'check -b shm_ring -f ^Q-PUT-02$ -q --report junit=' \
	'check -b shm_ring -f ^Q-PUT-02$ -q --write-baseline ' \
	'bench --report json=' 'bench --report csv=' 'bench --report md=' \
	'report b.json --out ' 'export --to csv b.json --out ' \
	'compare --force b.json b.json --report json=' \
	'selftest mutants --report '; do
	for place in none/x.html b.json/x.html; do
		# shellcheck disable=SC2086 # several words
		expect 3 'cannot write' "$ipcmark" $words$place
		[ "$(wc -l <err)" -eq 1 ] || fail "$words: more than one line"
	done
	# a shell would drop the end of such a path
	# shellcheck disable=SC2086 # several words
	expect 2 'a path must not end in a line break' "$ipcmark" $words"x
"
	[ "$(wc -l <err)" -eq 1 ] || fail "$words: more than one line"
done

# ---- what is no file ----

# into_dest COMMAND...: it writes to "dest", which stays what it is
is_written() { # WHAT WORDS: is DEST still that, and the target new?
	[ "$(stat -c %F dest)" = "$1" ] || fail "$2: the $1 was replaced"
	[ "$(wc -c <target)" -gt 9 ] || fail "$2: the $1 got nothing"
}
into_dest() {
	printf old >target
	ln -sf target dest
	expect 0 '' "$@"
	is_written 'symbolic link' "$*"
	printf old >target
	ln -f target name
	mv name dest
	expect 0 '' "$@"
	is_written 'regular file' "$* with a second name"
	rm -f dest target
	mkfifo dest
	cat dest >target &
	expect 0 '' "$@"
	wait $!
	is_written fifo "$*"
	rm -f dest target
	# a device of our own, where that is allowed
	if mknod -m 666 dest c 1 3 2>/dev/null && (: >dest) 2>/dev/null; then
		expect 0 '' "$@"
		[ -c dest ] || fail "$*: the device was replaced"
	fi
	rm -f dest
	[ -z "$(find . -name '*.partial' -o -name '*.jsonl')" ] ||
		fail "$*: left half a result"
}
into_dest "$ipcmark" export --to csv -o dest b.json
into_dest "$ipcmark" compare --force -q --report md=dest b.json b.json
into_dest bench --report csv=dest
into_dest bench --report json=dest
into_dest check --report json=dest
into_dest check --report junit=dest
into_dest check --write-baseline dest
into_dest mutants --report dest
if command -v gnuplot >/dev/null; then
	ln -s dest page.html
	into_dest "$ipcmark" report --out page.html b.json
fi
# a FIFO that has no reader ends in an error, not never
mkfifo dest
expect 3 'cannot write dest (no program reads it)' \
	"$ipcmark" export --to csv -o dest b.json
rm -f dest
# a file of before keeps its permissions
: >kept
chmod 640 kept
expect 0 '' "$ipcmark" export --to csv -o kept b.json
[ "$(stat -c %a kept)" = 640 ] || fail 'the permissions changed'
# what is not ours is not used as a stream either
: >other
ln -s other r.json.jsonl
expect 3 'cannot write r.json.jsonl' bench --report json=r.json
[ -L r.json.jsonl ] || fail 'a link was removed as if it were a stream'

# ---- a parent that ignores SIGCHLD ----

ignored() {
	(
		trap '' CHLD
		exec timeout -k 1 600 "$@"
	)
}
expect 0 '' ignored "$ipcmark" check -b shm_ring -f '^Q-PUT-02$' -q
expect 0 '' ignored "$ipcmark" selftest mutants -f '^two-tokens$'
grep -q '1 faults injected: 1 caught' out || fail 'the self-test judged nothing'
expect 0 'never struck' check --mutant sem-release-looks-early
expect 0 '' check --mutant no-cloexec
! grep -q 'never struck' err || fail 'a fault that struck is said not to have'
expect 2 'from 1 to 100000' check --steps 0
expect 0 '' ignored "$ipcmark" bench -f "$cell" -b pipe -r 3 --counts=none \
	--budget 1 -q --format csv
grep -q ',ok,' out || fail 'nothing was measured'

# ---- nothing was judged ----

tr -d '\n' <b.json | sed 's/"cells": *\[.*\], *"competitors"/"cells":[],"competitors"/' \
	>empty.json
for layout in gbench csv junit tap text tables md; do
	expect 4 'nothing' "$ipcmark" export --to $layout empty.json
	[ -s out ] && fail "$layout: something was written"
done
expect 4 'nothing' "$ipcmark" export --to tap b.json
expect 4 'nothing' "$ipcmark" export --to csv c.json
expect 4 'nothing' "$ipcmark" report --out r empty.json
[ -e r ] && fail 'a report of nothing'
expect 4 'no row' "$ipcmark" compare empty.json empty.json
expect 4 '' "$ipcmark" bench -f 'queue/pipe/oneway/.*=64/.*1cpu$' -b pipe -r 3 \
	--counts=none --budget 1 -q --iface queue --mutant drop --mutant-every 9
if command -v prlimit >/dev/null; then
	expect 77 '' prlimit --msgqueue=0 "$ipcmark" check -b posix_mq \
		--crash-stress 1
fi
exit "$failed"
