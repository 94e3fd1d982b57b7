#!/bin/sh
# SPDX-License-Identifier: MIT
# Rows that vary in something other than size: each section appears with its rows and
# only with them, and none of them is taken for a throughput by size.
# sweeps_test.sh REPORT BENCH_FIXTURE SWEEPS_FIXTURE
set -u
report=$1
bench=$2
sweeps=$3
# shellcheck source=SCRIPTDIR/support.sh
. "$(dirname "$0")/support.sh"

"$report" --out "$folder/a" "$sweeps" >/dev/null || fail "exit $?"
"$report" --out "$folder/b" "$bench" >/dev/null || fail "exit $?"
page=$folder/a/report.html
for section in mpmc fairness open_loop depth wake_latency sync lifecycle \
	endurance cost competitors process manager pool; do
	grep -q "<section id=\"$section\">" "$page" || fail "no section $section"
	grep -q "<section id=\"$section\">" "$folder/b/report.html" &&
		[ $section != sync ] && [ $section != cost ] &&
		[ $section != competitors ] &&
		fail "a section $section without rows"
done

# table ID: its lines
table() {
	sed -n "/id=\"t_$1\"/,/<\/table>/p" "$page"
}
[ "$(table figures_1_queue_1cpu | grep -c '^<tr id=')" -eq 1 ] ||
	fail 'rows of a sweep are among the throughputs'
table figures_5_queue_1cpu | grep -q '>4 to 1<.*882.k/s' || fail 'no 4 to 1'
table figures_5_queue_1cpu | grep -q '>8 to 8<.*invalid' || fail 'no invalid 8 to 8'
table figures_8_queue_1cpu | grep -q '>90 %<' || fail 'no load of 90 %'
table figures_10_queue_1cpu | grep '>1024<' | grep -q 'host limit' ||
	fail 'no host limit at depth 1024'
table figures_11_queue_1cpu | grep -q '>none<' || fail 'no idle gap of none'
table metrics_sync | grep -q 'semaphore, contended, two CPUs, 4 processes' ||
	fail 'no contended semaphore'
table overhead | grep 'one CPU, one way, 64.B' |
	grep -q 'good" title="write, read">0.92<small>.*>1.04<small>.*open" .*>1.07<' ||
	fail 'no overhead'
table metrics_sync | grep 'lock, uncontended' | grep -q '30.×.baseline' ||
	fail 'no times the baseline of a lock'
table cells | grep endurance |
	grep -q 'title="a long run is not sorted into near and far">–<' ||
	fail 'no reason why there is no baseline'
table overhead | grep -q '(no raw mechanism: shm_ring' ||
	fail 'the overhead does not say which have none'
table overhead | grep '<th scope="col"' | grep -q 'shm_ring' &&
	fail 'the overhead has an empty column'
table figures_3_lock_1cpu | grep -q '<th scope="row">uncontended<' ||
	fail 'an uncontended lock has a size'
table process | grep 'Process of the library' | grep -q '>1.09<.*>1.03<' ||
	fail 'no start beside bare forks'
table manager_requests | grep 'get, two CPUs, 64.*B, 1.*client<' |
	grep -q '>9.02.µs<.*1.3.×.connection.*>47.0.µs<' ||
	fail 'no request beside its connection and CPython'
table manager_requests | grep 'set, two CPUs, 64.*B, 64.*clients<' |
	grep -q 'host limit.*>–<' || fail 'no host limit of 64 clients'
table manager_rates | grep 'get, two CPUs, 64.*B, 8.*clients<' | grep -q '>55.2.k/s<' ||
	fail 'no requests per second of 8 clients'
table pool_tasks | grep '>10,000<' |
	grep -q '1.11.M/s.*2.4.×.queue.*>58.8.k/s<' ||
	fail 'no map beside its queue and CPython'
table competitors_compared | grep 'Pool, map, two CPUs, 10,000 tasks' |
	grep -q '>38<' || fail 'no pool beside the competitor'
grep -q 'A pool of workers, many small tasks' "$page" ||
	fail 'no hint for a pool'
table metrics_life | grep -q 'time to recover' || fail 'no recovery'
table calls | grep '>write<' | grep -q 'sender.*1.00.*>0<' ||
	fail 'no system call by name'
grep -q 'No user instructions: this machine shows no hardware counters' \
	"$page" || fail 'no reason for a count that is missing'
grep -q 'barrier, hand-off, one CPU, sysv_msg: unsupported: no barrier here' "$page" ||
	fail 'no reason for the barrier'

# Fairness: the least served contender, consumers next to producers.
table fairness | grep 'Lock.*4 processes' |
	grep -q '>least served<.*>0.45<small>Jain.*best">.*0.47<small>Jain' ||
	fail 'no least served of four'
table fairness | grep '8 to 8' | grep -q 'consumers, Jain.*producers.*invalid' ||
	fail 'no consumers next to producers'
table fairness | grep -q '1 to 4' || fail 'no consumers of one producer'
table metrics_sync | grep -q 'fairness' && fail 'fairness stands twice'

# Competitors: for each how many times as good back-ends are; not ranked.
table competitors_compared | grep 'Queue, one way, one CPU, 64.B' |
	grep -q '>boost_mq<.*2.40.M/s.*class="num open">0.50<small>1.20.M/s.*class="num good">1.6<' ||
	fail 'boost_mq is not compared'
table competitors_compared | grep 'round trip' | grep -q '>cpython_queue<.*good">5.0<' ||
	fail 'a round trip is not better if it is shorter'
table competitors_compared | grep 'Lock, uncontended' | grep -q '>cpython_lock<.*good">3.0<' ||
	fail 'a lock is not compared with a lock'
table competitors_compared | grep -q zeromq && fail 'a competitor without a figure has a line'
grep -q 'zeromq: unsupported: libzmq is not installed' "$page" ||
	fail 'no reason why a competitor is missing'
for id in figures_1_queue_1cpu recommendation; do
	table $id | grep -q 'boost_mq\|cpython' && fail "a competitor is in $id"
done

# Percentiles: a dash has its reason.
table percentiles_8_queue_1cpu | grep '>pipe<' |
	grep -q '>20000<.*41.7.µs.*501.µs.*–<small>too few<.*1.88.ms' ||
	fail 'no percentiles under load, or no reason for a missing one'

# Noise: discarded samples, and the cache states of the CPUs.
table noise | grep -q 'Discarded.*1 in 1 row' || fail 'nothing was discarded'
table noise | grep -q 'with a shared cache.*75 % of 4 samples' ||
	fail 'no cache state of the CPUs'
table noise | grep -q 'Smallest step.*10.0.ns.*20 steps (200.ns)' ||
	fail 'no step of the clock'
table noise | grep -q 'neighbours in time.*hardly any' ||
	fail 'no correlation of neighbours'
table recommendation | grep -q 'Four producers' &&
	fail 'a need of two CPUs is answered by rows on one CPU'
table recommendation | grep -q '90 % load' &&
	fail 'a recommendation from loads that are each of another capacity'
grep -q 'One process sends and one receives: ' "$page" &&
	fail 'the limits contradict the rows'
grep -q 'up to 110 % of the' "$page" || fail 'the limits of the load'
grep -q 'Not in this run: queues of other depths' "$folder/b/report.html" ||
	fail 'the limits do not say what is missing'

check_page "$page"
check_again "$folder/a"

# On a terminal: text, nothing else, and no file.
if command -v gnuplot >/dev/null; then
	mkdir "$folder/here"
	(cd "$folder/here" && "$report" --ascii "$sweeps" >"$folder/text") ||
		fail "--ascii: exit $?"
	[ "$(ls "$folder/here")" = '' ] || fail '--ascii wrote a file'
	for text in 'messages offered per second' 'queue depth' \
		'E shm_ring'; do
		grep -q "$text" "$folder/text" || fail "--ascii: no $text"
	done
	[ "$(tr -d '\n' <"$folder/text" | tr -dc '[:cntrl:]' | wc -c)" -eq 0 ] ||
		fail '--ascii: control characters'
	awk '{ if (length($0) > 90) exit 1 }' "$folder/text" ||
		fail '--ascii: too wide'
	head -n 1 "$folder/text" | grep -q '^One-way throughput, 64.B over a queue' ||
		fail '--ascii: the summary is not on top'
	grep -q ' $' "$folder/text" && fail '--ascii: blanks at the end of a line'
	# One size makes no chart: its table lies open, the others are folded.
	sed -n '/<section id="throughput"/,/<\/section>/p' "$page" |
		grep -q '<details open="open"><summary>The figures' ||
		fail 'neither a chart nor a table'
	sed -n '/<section id="open_loop"/,/<\/section>/p' "$page" |
		grep -q '<details><summary>The figures' ||
		fail 'tables lie open beneath their charts'
	for chart in many_queue_1cpu open_loop_p99_queue_1cpu depth_queue_1cpu \
		wake_latency_queue_1cpu overhead_1_queue_1cpu least_lock_2cpu_contended \
		least_semaphore_2cpu_contended even_queue_1cpu \
		tail_queue_1cpu_shm_ring competitors_queue_one_way_one_cpu_64_b \
		competitors_lock_uncontended_one_cpu time_series cache_states samples_0_queue_1cpu \
		lock_rate_lock_2cpu calls; do
		[ -s "$folder/a/charts/$chart.svg" ] || fail "no chart $chart"
	done
fi
exit $failed
