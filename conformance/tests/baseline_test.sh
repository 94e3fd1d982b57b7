#!/bin/sh
# SPDX-License-Identifier: MIT
# check --baseline: red exactly when something changes against the list.
# baseline_test.sh IPCMARK_CHECK
# shellcheck disable=SC2086 # $fault is several words
set -u
check=$1
failed=0
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
list=$folder/list

fail() {
	echo "$*"
	sed 's/^/    /' "$folder/out" "$folder/err"
	failed=1
}

# expect CODE TEXT ARGUMENT...: of Q-ORD-01 and P-FDS-01 on shm_ring
expect() {
	code=$1
	text=$2
	shift 2
	"$check" --backend shm_ring --filter '^(Q-ORD-01|P-FDS-01)$' \
		--progress none --quiet "$@" >"$folder/out" 2>"$folder/err"
	got=$?
	[ "$got" -eq "$code" ] || fail "check $*: exit $got instead of $code"
	[ -z "$text" ] || grep -qF -- "$text" "$folder/out" "$folder/err" ||
		fail "check $*: does not say: $text"
}

fault='--mutant swap --mutant-every 7'
unsupported='P-FDS-01 shm_ring U - no descriptors'

# a list that agrees, as the program writes it
expect 0 '' --write-baseline "$list"
grep -q '^P-FDS-01  *shm_ring  *U  *-  *[A-Za-z]' "$list" ||
	fail "written: $(cat "$list")"
expect 0 '2 hold, 0 known' --baseline "$list"

# a cell that passed and no longer does
expect 1 'Q-ORD-01 shm_ring: F, and it must pass' --baseline "$list" $fault

# a known failure: on its last day, the day after, and when it passes again
today=$(date -u +%Y-%m-%d)
printf '%s\nQ-ORD-01 shm_ring F %s issue 1\n' "$unsupported" "$today" >"$list"
expect 0 '1 hold, 1 known' --baseline "$list" $fault
expect 1 'Q-ORD-01 shm_ring: P, known to fail: take line 2 out' --baseline "$list"
printf '%s\nQ-ORD-01 shm_ring F 2026-01-31 issue 1\n' "$unsupported" >"$list"
expect 1 'known until 2026-01-31 (line 2): that day has passed' --baseline "$list" $fault

# support that is lost, and support that is new
: >"$list"
expect 1 'P-FDS-01 shm_ring: U, and it must pass' --baseline "$list"
printf '%s\nQ-ORD-01 shm_ring U - not offered\n' "$unsupported" >"$list"
expect 1 'Q-ORD-01 shm_ring: P, listed as U: take line 2 out' --baseline "$list"

# what the program writes of a run with a failure is known from then on
expect 1 '' --write-baseline "$list" $fault
expect 0 '1 known failures' --baseline "$list" $fault

# mistakes: one sentence with the line
mistake() {
	printf '%s\n' "$1" >"$list"
	expect 2 "$2" --baseline "$list"
	[ "$(wc -l <"$folder/err")" -eq 1 ] || fail 'more than one line'
}
mistake 'Q-ORD-99 shm_ring F 2027-01-01 x' ':1: there is no clause "Q-ORD-99"'
mistake 'Q-ORD-01 shm_ring P - x' 'the verdict is F, C, T, D, U or L'
mistake 'Q-ORD-01 shm_ring F - x' 'has a last day such as'
mistake 'Q-ORD-01 shm_ring F 2027-13-01 x' 'has a last day such as'
mistake 'Q-ORD-01 shm_ring F 2027-01-01' 'and a reason'
mistake 'Q-ORD-01 shm_ring U - x
Q-ORD-01 shm_ring U - x' ':2: Q-ORD-01 of shm_ring stands in line 1'
expect 2 'cannot read' --baseline "$folder/none"
expect 3 'cannot write' --write-baseline "$folder/none/x"
exit "$failed"
