#!/bin/sh
# SPDX-License-Identifier: MIT
# Twelve back-ends: each has a colour of its own in a chart, none is the grey
# of baselines, and the page recolours all of them.
# twelve_test.sh REPORT BENCH_FIXTURE     (skipped without gnuplot)
set -u
command -v gnuplot >/dev/null || {
	echo 'skipped: gnuplot is not installed'
	exit 77
}
report=$1
# shellcheck source=SCRIPTDIR/support.sh
. "$(dirname "$0")/support.sh"

# Rows of a queue over pipes again, in seven other names; a row is a line.
awk 'BEGIN { for (i = 1; i <= 7; i++) names[i] = "extra_" i }
	/^"cells": \[/ {
		printf "\"backends\": ["
		for (i = 1; i <= 7; i++)
			printf "%s{\"name\": \"%s\"}", (i > 1 ? ", " : ""), names[i]
		print "],"
	}
	/^{"id": "queue\/pipe\// {
		for (i = 1; i <= 7; i++) {
			copy = $0
			gsub(/pipe/, names[i], copy)
			sub(/,?$/, ",", copy)
			print copy
		}
	}
	{ print }' "$2" >"$folder/twelve.json"
"$report" --out "$folder/a" "$folder/twelve.json" >/dev/null || fail "exit $?"
svg=$folder/a/charts/messages_queue_2cpu.svg
# The name at the end of a line has the colour of the line.
grep -B 1 '<text>[a-z]*_*[a-z0-9]*\( to [0-9]*K\)*</text>' "$svg" |
	grep -o 'fill="rgb([0-9,]*)"' | sort -u >"$folder/colours"
equal 'colours of twelve back-ends' "$(wc -l <"$folder/colours")" 12
grep -q 'rgb(122,131,140)' "$folder/colours" && fail 'a back-end is grey'
grep -B 1 'baseline:' "$svg" | grep -q 'rgb(122,131,140)' ||
	fail 'the baseline is not grey'
while read -r colour; do
	equal "themes that have $colour" \
		"$(grep -cF "figure [$colour]" "$folder/a/report.html")" 3
done <"$folder/colours"
for name in extra_1 extra_7; do
	grep -q "<text>$name</text>" "$svg" || fail "no line $name"
done
check_page "$folder/a/report.html"
exit $failed
