#!/bin/sh
# SPDX-License-Identifier: MIT
# Rows that vary other than in size: each section appears with its rows and
# only with them, and none of them is taken for a throughput by size.
# sweeps_test.sh REPORT BENCH_FIXTURE SWEEPS_FIXTURE
set -u
report=$1
bench=$2
sweeps=$3
failed=0
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

fail() {
	echo "$*"
	failed=1
}

"$report" --out "$folder/a" "$sweeps" >/dev/null || fail "exit $?"
"$report" --out "$folder/b" "$bench" >/dev/null || fail "exit $?"
page=$folder/a/report.html
for section in many load depth idle sync life endurance cost; do
	grep -q "<section id=\"$section\">" "$page" || fail "no section $section"
	grep -q "<section id=\"$section\">" "$folder/b/report.html" &&
		[ $section != sync ] && [ $section != cost ] &&
		fail "a section $section without rows"
done

# table ID: its lines
table() {
	sed -n "/id=\"t_$1\"/,/<\/table>/p" "$page"
}
[ "$(table figures_1_queue_1cpu | grep -c '<tr><th scope="row"')" -eq 1 ] ||
	fail 'rows of a sweep are among the throughputs'
table figures_5_queue_1cpu | grep -q '>4 to 1<.*882.k/s' || fail 'no 4 to 1'
table figures_5_queue_1cpu | grep -q '>8 to 8<.*void' || fail 'no void 8 to 8'
table figures_8_queue_1cpu | grep -q '>90 %<' || fail 'no load of 90 %'
table figures_10_queue_1cpu | grep '>1024<' | grep -q 'host limit' ||
	fail 'no host limit at depth 1024'
table figures_11_queue_1cpu | grep -q '>none<' || fail 'no idle gap of none'
table sheet_sync | grep -q 'semaphore, contended, two CPUs, 4 processes' ||
	fail 'no contended semaphore'
table sheet_life | grep -q 'until others go on' || fail 'no recovery'
table calls | grep '>write<' | grep -q 'sender.*1.00.*>0<' ||
	fail 'no system call by name'
grep -q 'No user instructions: this machine shows no hardware counters' \
	"$page" || fail 'no reason for a count that is missing'
table price | grep -q 'one CPU, oneway, 64.B' || fail 'no price'
grep -q 'barrier, handover, one CPU, sysv_msg: unsupported: no barrier here' "$page" ||
	fail 'no reason for the barrier'
table advice | grep -q 'Many producers.*4 to 4 processes' ||
	fail 'no advice for many'
table advice | grep -q '90 % load' || fail 'no advice for a load'
grep -q 'One process sends and one receives' "$page" &&
	fail 'the limits deny what was measured'
grep -q 'up to 110 % of what each' "$page" || fail 'the limits of the load'
grep -q 'Not in this run: queues of other depths' "$folder/b/report.html" ||
	fail 'the limits do not say what is missing'

# One page that needs nothing else, the same when made from itself.
if command -v xmllint >/dev/null; then
	xmllint --noout "$page" || fail 'the page is not well-formed'
fi
grep -oE " id=[\"'][^\"']*[\"']" "$page" | sort | uniq -d >"$folder/twice"
[ -s "$folder/twice" ] && fail "ids occur twice: $(cat "$folder/twice")"
"$report" --out "$folder/c" --from "$page" >/dev/null
diff -r "$folder/a" "$folder/c" >/dev/null || fail 'made from itself it differs'
[ "$(wc -c <"$page")" -lt 2097152 ] || fail 'the page has 2 MiB or more'

# On a terminal: text, nothing else, and no file.
if command -v gnuplot >/dev/null; then
	mkdir "$folder/here"
	(cd "$folder/here" && "$report" --ascii "$sweeps" >"$folder/text") ||
		fail "--ascii: exit $?"
	[ "$(ls "$folder/here")" = '' ] || fail '--ascii wrote a file'
	for text in 'messages offered a second' 'items the queue holds' \
		'E shm_ring'; do
		grep -q "$text" "$folder/text" || fail "--ascii: no $text"
	done
	[ "$(tr -d '\n' <"$folder/text" | tr -dc '[:cntrl:]' | wc -c)" -eq 0 ] ||
		fail '--ascii: control characters'
	awk '{ if (length($0) > 90) exit 1 }' "$folder/text" ||
		fail '--ascii: too wide'
	for chart in many_queue_1cpu_pipe load_p99_queue_1cpu depth_queue_1cpu \
		idle_queue_1cpu price_1_queue_1cpu; do
		[ -s "$folder/a/charts/$chart.svg" ] || fail "no chart $chart"
	done
fi
exit $failed
