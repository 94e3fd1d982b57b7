#!/bin/sh
# SPDX-License-Identifier: MIT
# Files of two machines: side by side, the differences on top, each ranked for
# itself, the same to the byte when made from itself.
# hosts_test.sh REPORT CHECK_FIXTURE HOST_A HOST_B
set -u
report=$1
check=$2
a=$3
b=$4
# shellcheck source=SCRIPTDIR/support.sh
. "$(dirname "$0")/support.sh"

"$report" --out "$folder/a" "$a" "$b" >"$folder/log" || fail "exit $?"
page=$folder/a/report.html
[ "$(tail -n 1 "$folder/log")" = "$page" ] || fail 'the page is not named last'

# Differences stand before the first figure, and no fact that is the same.
line() {
	grep -n "$1" "$page" | head -n 1 | cut -d : -f 1
}
[ "$(line 'id="t_differences"')" -lt "$(line 'id="t_hosts_recommendation"')" ] ||
	fail 'what differs is not on top'
sed -n '/id="t_differences"/,/<\/table>/p' "$page" >"$folder/differs"
for fact in cpu.model_name kernel.release kernel.mitigations.spectre_v2 \
	limits.fs.mqueue.msg_max build.flags cpu.count_online; do
	grep -q ">$fact<" "$folder/differs" || fail "$fact is missing"
done
grep -q '>build.compiler<' "$folder/differs" && fail 'a fact that is the same'
grep -q 'fingerprint' "$folder/differs" && fail 'the fingerprint is no fact'

# Each machine is ranked alone: B's pipe is faster than A's shm_ring.
row=$(sed -n '/id="t_hosts_figures_1"/,/<\/table>/p' "$page" | grep '64.B: shm_ring')
echo "$row" | grep -q 'best">.*3.84.M/s.*<td[^>]*class="num">7.68.M/s' ||
	fail "shm_ring is not the best of A alone: $row"
row=$(sed -n '/id="t_hosts_figures_1"/,/<\/table>/p' "$page" | grep '64.B: pipe')
echo "$row" | grep -q 'class="num">1.20.M/s.*best">.*10.8.M/s' ||
	fail "pipe is not the best of B alone: $row"
grep -q 'A (Artificial CPU One (fixture), Linux 0.0.1-fixture)' "$page" ||
	fail 'no label for A'

# check_captions PAGE: each says which chart it is, and so does what stands for
# the picture.
check_captions() {
	sed -n 's:.*<figcaption>\(.*\)</figcaption>.*:\1:p' "$1" \
		>"$folder/captions"
	[ -s "$folder/captions" ] || fail 'no captions'
	equal 'captions that occur twice' "$(sort "$folder/captions" | uniq -d)" ''
	sed -n 's:.*<svg role="img" aria-label="\([^"]*\)".*:\1:p' "$1" |
		diff "$folder/captions" - || fail 'captions and pictures differ'
}

# Charts: a dot for each machine under one back-end; the differences are above,
# and the page says that it is no before and after.
if command -v gnuplot >/dev/null; then
	for chart in messages_1cpu round_trip_1cpu lock; do
		[ -s "$folder/a/charts/hosts_$chart.svg" ] ||
			fail "no chart hosts_$chart"
	done
	[ "$(grep -c '<text>B</text>\|<text>[a-z_]*, A</text>' \
		"$folder/a/charts/hosts_messages_1cpu.svg")" -eq 10 ] ||
		fail 'five back-ends on two machines are not ten dots'
	[ "$(line 'id="t_differences"')" -lt "$(line '<section id="charts"')" ] ||
		fail 'charts stand above what differs'
	grep -q 'is no before and after' "$page" || fail 'no warning'
	check_captions "$page"
	# Of one size there is one chart, not one each of small and large ones.
	for host in "$a" "$b"; do
		sed 's/1cpu/2cpu/g' "$host" >"$folder/$(basename "$host")"
	done
	"$report" --out "$folder/2cpu" "$folder/$(basename "$a")" \
		"$folder/$(basename "$b")" >/dev/null || fail "exit $?"
	check_captions "$folder/2cpu/report.html"
	[ -s "$folder/2cpu/charts/hosts_messages_2cpu.svg" ] ||
		fail 'no chart hosts_messages_2cpu'
	[ ! -e "$folder/2cpu/charts/hosts_large_2cpu.svg" ] ||
		fail 'one size is two charts'
	grep -q '!\[.*](charts/hosts_messages_1cpu.svg)' "$folder/a/report.md" ||
		fail 'no chart in Markdown'
fi
grep -q '^A,queue/pipe/oneway/' "$folder/a/cells.csv" || fail 'no rows of A'
grep -q '^B,queue/pipe/oneway/' "$folder/a/cells.csv" || fail 'no rows of B'

check_page "$page"
check_again "$folder/a"
"$report" --out "$folder/alone.html" "$a" "$b" >/dev/null
cmp "$page" "$folder/alone.html" || fail 'the page alone differs'

# Sizes and back-ends that only one machine has are there as well.
sed 's/size=64/size=65536/g; s/"size_bytes": 64,/"size_bytes": 65536,/g' "$b" \
	>"$folder/large.json"
sed '/^{"id": "[a-z]*\/sysv_msg\//d' "$a" >"$folder/few.json"
"$report" --out "$folder/sizes.html" "$folder/few.json" "$folder/large.json" \
	>/dev/null || fail "exit $?"
sed -n '/id="t_hosts_figures_1"/,/<\/table>/p' "$folder/sizes.html" \
	>"$folder/rows"
grep -q '64.KiB: pipe<.*>–<.*10.8.M/s' "$folder/rows" ||
	fail 'a size that only B has is missing'
grep -q '64.B: pipe<.*1.20.M/s.*>–<' "$folder/rows" ||
	fail 'a size that only A has is missing'
"$report" --out "$folder/few.html" "$folder/few.json" "$b" >/dev/null ||
	fail "exit $?"
sed -n '/id="t_hosts_figures_1"/,/<\/table>/p' "$folder/few.html" |
	grep -q '64.B: sysv_msg<.*>–<.*M/s' ||
	fail 'a back-end that only B measured is missing'

# The same machine twice, and a check from elsewhere, are one report.
"$report" --out "$folder/one.html" "$a" "$a" >/dev/null
grep -q 'id="t_differences"' "$folder/one.html" && fail 'one machine is two'
"$report" --out "$folder/two.html" "$check" "$a" >/dev/null
grep -q 'id="t_matrix"' "$folder/two.html" || fail 'a check is set apart'
grep -q 'come from different machines' "$folder/two.html" ||
	fail 'no warning about two machines'
exit $failed
