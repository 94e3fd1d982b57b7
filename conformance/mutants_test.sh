#!/bin/sh
# SPDX-License-Identifier: MIT
# Plants the faults of mutants.tsv one after the other and checks that the
# clause named beside each turns red, and that it is green without the fault.
#
# usage: mutants_test.sh PROGRAM TABLE [all]
# Without "all" only the rows marked "quick" are run.
set -eu

program=$1
table=$2
which=${3:-quick}
tab=$(printf '\t')
failed=0
tried=0

verdict() {
	# shellcheck disable=SC2086 # $2 is options or nothing
	"$program" --backend "$3" --filter "^$1\$" --seed 1 --progress none \
		--timeout 20 --quiet --color never $2 >/dev/null 2>&1
}

# Columns: fault, clause, back-end, every how many calls, quick or slow.
while IFS="$tab" read -r fault clause backend every speed; do
	case $fault in '#'* | '') continue ;; esac
	[ "$which" = all ] || [ "$speed" = quick ] || continue
	tried=$((tried + 1))
	code=0
	verdict "$clause" "--mutant $fault --mutant-every $every" "$backend" ||
		code=$?
	if [ "$code" -ne 1 ]; then
		echo "$fault on $backend: $clause did not turn red (exit $code)"
		failed=$((failed + 1))
		continue
	fi
	code=0
	verdict "$clause" "" "$backend" || code=$?
	if [ "$code" -ne 0 ]; then
		echo "$clause on $backend is red without a fault (exit $code)"
		failed=$((failed + 1))
	fi
done <"$table"

echo "$tried faults planted, $failed not found as they should"
[ "$failed" -eq 0 ]
