#!/bin/sh
# SPDX-License-Identifier: MIT
# Twelve back-ends: each has a colour of its own in a chart, none is the grey
# of baselines, and the page recolours all of them.
# twelve_test.sh REPORT TWELVE BENCH_FIXTURE     (skipped without gnuplot)
set -u
command -v gnuplot >/dev/null || {
	echo 'skipped: gnuplot is not installed'
	exit 77
}
report=$1
# shellcheck source=SCRIPTDIR/support.sh
. "$(dirname "$0")/support.sh"

"$2" "$3" pipe 7 >"$folder/twelve.json" || fail 'no file of twelve back-ends'
"$report" --out "$folder/a" "$folder/twelve.json" >/dev/null || fail "exit $?"
svg=$folder/a/charts/messages_queue_2cpu.svg
# Names at the ends of lines have the colours of the lines.
grep -o 'fill="rgb([0-9,]*)"' "$svg" | grep -v 'rgb(127,127,127)' | sort -u \
	>"$folder/colours"
equal 'colours of twelve back-ends' "$(wc -l <"$folder/colours")" 12
grep -q 'rgb(122,131,140)' "$folder/colours" && fail 'a back-end is grey'
while read -r colour; do
	equal "themes that have $colour" \
		"$(grep -cF "figure [$colour]" "$folder/a/report.html")" 3
done <"$folder/colours"
for name in extra_1 extra_7; do
	grep -q "<text>$name</text>" "$svg" || fail "no line $name"
done
check_page "$folder/a/report.html"
exit $failed
