#!/bin/sh
# SPDX-License-Identifier: MIT
# The report of the fixtures: one page that needs nothing else, well-formed,
# the same to the byte when made from itself, and in agreement with the files.
# page_test.sh REPORT FIXTURE...
set -u
report=$1
shift
# shellcheck source=SCRIPTDIR/support.sh
. "$(dirname "$0")/support.sh"

"$report" --out "$folder/a" "$@" >"$folder/log" || fail "exit $?"
page=$folder/a/report.html
equal 'last line printed' "$(tail -n 1 "$folder/log")" "$page"
[ -s "$folder/a/report.md" ] || fail 'no report.md'

check_page "$page"

# The same to the byte, from the files again and from the page itself.
"$report" --out "$folder/b" "$@" >/dev/null
diff -r "$folder/a" "$folder/b" >/dev/null || fail 'a second report differs'
check_again "$folder/a"
"$report" --out "$folder/alone.html" --from "$page" >/dev/null
cmp "$page" "$folder/alone.html" || fail 'the page alone differs'
equal 'files of a page alone' "$(ls -d "$folder"/alone*)" "$folder/alone.html"

# Page, CSV and Markdown agree with the files.
# In fixtures a row or case is a line.
cells=$(cat "$@" | grep -c '"axes"')
cases=$(cat "$@" | grep -c '"verdict"')
metrics=$(cat "$@" | grep '"axes"' | grep -o '"summary"' | wc -l)
lines=$((metrics + $(cat "$@" | grep '"axes"' | grep -vc '"summary"')))
equal 'lines of cells.csv' "$(($(wc -l <"$folder/a/cells.csv") - 1))" \
	"$lines"
sed -n '/id="t_matrix"/,/<\/table>/p' "$page" >"$folder/matrix"
equal 'cells of the matrix' "$(grep -o '<b class="v ' "$folder/matrix" |
	wc -l)" "$cases"
equal 'passes and evidence' "$(($(grep -o 'title="pass">' "$folder/matrix" |
	wc -l) + $(grep -c '<details id="e_' "$page")))" "$cases"
equal 'rows of the table of rows' "$(sed -n '/id="t_cells"/,/<\/table>/p' \
	"$page" | grep -c '^<tr id="cells-')" "$cells"
equal 'red, open and noted cases in Markdown' \
	"$(grep -cE '^- \*\*(S|F|U|D|L|X|C|T|E|N) ' "$folder/a/report.md")" \
	"$(grep -c '<details id="e_' "$page")"

# Every verdict letter of the fixture has its place in the legend.
for letter in P S F C T D X U L E N; do
	grep -q "<li><b class=\"v [a-z]*\" title=\"[a-z, ]*\">$letter<i>" \
		"$page" || fail "no $letter in the legend"
done

# Text of the files is text in the page, never markup.
grep -q 'was taken &lt;b&gt;&amp;amp;' "$page" || fail 'an angle is not escaped'
grep -q 'was taken <b>' "$page" && fail 'markup of a file got into the page'
grep -q '&lt;none&gt; &amp; &quot;quoted&quot;' "$page" ||
	fail 'a quote is not escaped'

# An invalid row has its reason and no number; a failing back-end is not ranked.
grep -q 'socketpair, 16.KiB: invalid: 3 of 2560 messages were lost' "$page" ||
	fail 'the reason of the invalid row is missing'
grep 'invalid,3 of 2560' "$folder/a/cells.csv" | grep -q ',,,,,,,,,,,,,,,0,,$' ||
	fail 'an invalid row has numbers in cells.csv'
# A figure says how many times its baseline it is, and which one on hover; the
# baseline is a line of its own in the chart.
sed -n '/id="t_figures_1_queue_2cpu"/,/<\/table>/p' "$page" >"$folder/figures"
grep -q 'title="memcpy through a ring, both spin">.*; 38.×.baseline</small>' \
	"$folder/figures" || fail 'no times the baseline'
grep -q '<caption>.*baseline: memcpy through a ring' "$folder/figures" ||
	fail 'the caption does not name the baseline'
sed -n '/id="t_cells"/,/<\/table>/p' "$page" |
	grep 'queue/pipe/oneway/size=64/placement=2cpu<' |
	grep -q 'data-sort="37.5".*title="memcpy through a ring, both spin (raw/ring/oneway/size=64/placement=2cpu)">38<' ||
	fail 'no sortable column x baseline'
grep -q '^queue/pipe/oneway/size=64/placement=2cpu,.*,messages_per_s,.*,0,37.5,$' \
	"$folder/a/cells.csv" || fail 'no x_floor in cells.csv'
sed -n '/id="t_modes_1"/,/<\/table>/p' "$page" |
	grep -q '>Queue, two CPUs, spinning</th>.*64.0.*M/s' ||
	fail 'no row for spinning among the modes to send 64 B'
if command -v gnuplot >/dev/null; then
	grep -q 'baseline: memcpy' "$folder/a/charts/messages_queue_2cpu.svg" ||
		fail 'no baseline in the chart'
	# a group without baselines, as old files have them
	grep -q 'baseline:' "$folder/a/charts/messages_queue_1cpu.svg" &&
		fail 'a baseline that was not measured'
fi
grep -q 'sysv_msg fails 2 CORE clauses' "$page" || fail 'nothing is said about sysv_msg'
sed -n '/id="t_recommendation"/,/<\/table>/p' "$page" | grep -q 'best">.*sysv_msg' &&
	fail 'a failing back-end is recommended'

# Charts: all drawn where gnuplot is, none of them empty.
if command -v gnuplot >/dev/null; then
	drawn=$(find "$folder/a/charts" -name '*.svg' -size +2k | wc -l)
	equal 'pictures in the page' "$(grep -c '<figure>' "$page")" "$drawn"
	[ "$drawn" -ge 14 ] || fail "only $drawn charts"
fi
exit $failed
