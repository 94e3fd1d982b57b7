#!/bin/sh
# SPDX-License-Identifier: MIT
# Live runs of the gate, to say how often it is wrong on this host. Not in the
# tests: it takes minutes, and its answer is of the host as well.
#   gate_live.sh identical [OPTION...]        the same build on both sides
#   gate_live.sh slower PERCENT [OPTION...]   head spins for so much longer
#   --runs N        whole runs of the gate (default 30)
#   --hog           a process that only computes runs as well
#   --build FOLDER  the build (default: build)
#   --filter REGEX  rows; slower: one row (default: pipe, put and get in one process)
#   --parts LIST    of the gate (default: identical both, slower times)
#   --budget TIME   of each run
#   --keep FOLDER   keep what the gate wrote
#   --base SIDE, --head SIDE   these sides, and no fault
# Prints a line a run, then how many were red, UNTRUSTED, not judged, with the
# exact bounds of Clopper and Pearson, one-sided 95 %.
# Exit: 0 as it should be; 1 identical code was red, or +20 % was found in less
# than 95 % or +10 % in less than 80 % of the runs; 2 usage; 3 a run failed.
set -u

usage() {
	sed -n '3,19s/^# \{0,1\}//p' "$0"
	exit 2
}

case ${1-} in
identical)
	percent=0
	parts=counts,times
	filter=
	shift
	;;
slower)
	percent=${2-}
	parts='times'
	filter='^queue/pipe/self_loop/size=64/placement=1cpu$'
	[ $# -ge 2 ] || usage
	shift 2
	;;
*) usage ;;
esac
case $percent in '' | *[!0-9]*) usage ;; esac
runs=30
hog=
build=build
budget=6m
keep=
base=
head=
while [ $# -gt 0 ]; do
	case $1 in
	--hog) hog=yes && shift && continue ;;
	--runs | --build | --filter | --parts | --budget | --keep | --base | --head)
		[ $# -ge 2 ] || usage
		;;
	*) usage ;;
	esac
	case $1 in
	--runs) runs=$2 ;;
	--build) build=$2 ;;
	--filter) filter=$2 ;;
	--parts) parts=$2 ;;
	--budget) budget=$2 ;;
	--keep) keep=$2 ;;
	--base) base=$2 ;;
	--head) head=$2 ;;
	esac
	shift 2
done
case $runs in '' | *[!0-9]* | 0) usage ;; esac
build=$(cd "$build" && pwd) || exit 2
folder=$(mktemp -d)
hog_pid=
finish() {
	[ -z "$hog_pid" ] || kill "$hog_pid" 2>/dev/null
	rm -rf "$folder"
}
trap finish EXIT
trap 'exit 130' INT TERM
out=${keep:-$folder/runs}
mkdir -p "$out" || exit 3

# side NAME FAULT: a folder whose bench has that fault in each send
side() {
	mkdir -p "$folder/$1"
	cat >"$folder/$1/ipcmark" <<END
#!/bin/sh
exec "$build/ipcmark" "\$@" --inject=$2
END
	echo "$1" >"$folder/$1/ipcmark-bench"
	chmod +x "$folder/$1/ipcmark" "$folder/$1/ipcmark-bench"
}

# row_ns FAULT: nanoseconds of an operation of the row with it, the shortest
# sample of eleven.
row_ns() {
	case $filter in
	*roundtrip*) metric=rtt_ns ;;
	*lock* | *self_loop*) metric=pair_ns ;;
	*) metric=messages_per_s ;;
	esac
	"$build/ipcmark" bench --quick --quiet --counts=none --repeat=11 \
		--inject="$1" --filter "$filter" --filter=-^raw/ --timeout=5m \
		--report "csv=$folder/row.csv" >"$folder/err" 2>&1
	awk -F, -v metric=$metric '
		$13 == metric && $19 > 0 {
			ns = metric == "messages_per_s" ? 1e9 / $19 : $19
			if (!best || ns < best) best = ns
		}
		END { if (best) printf "%.0f", best }' "$folder/row.csv"
}

# Nanoseconds to spin in a send, so that the row takes so many percent more. A
# fault costs more than it spins: what the first try makes of the row tells.
spin_of() {
	plain=$(row_ns nothing)
	try=$((${plain:-0} * percent / 200))
	[ "$try" -gt 0 ] || return 1
	slow=$(row_ns "spin=$try")
	awk -v plain="$plain" -v slow="${slow:-0}" -v try="$try" \
		-v percent="$percent" 'BEGIN {
			if (slow > plain)
				printf "%.0f", try * plain * percent / 100 / (slow - plain)
		}'
}

if [ -n "$base$head" ]; then
	if [ -z "$base" ] || [ -z "$head" ]; then usage; fi
elif [ "$percent" -gt 0 ]; then
	spin=$(spin_of)
	[ "${spin:-0}" -gt 0 ] || {
		echo 'gate_live.sh: the time of the row cannot be told' >&2
		cat "$folder/err" >&2
		exit 3
	}
	slow=$(row_ns "spin=$spin")
	echo "+$percent %: $spin ns of spinning in each send; the row takes $(row_ns \
		nothing) ns, with it $slow"
	side base nothing
	side head "spin=$spin"
	base=$folder/base
	head=$folder/head
else
	base=$build
	head=$build
fi

red=0
untrusted=0
open=0
broken=0
total=0
i=0
while [ "$i" -lt "$runs" ]; do
	i=$((i + 1))
	if [ -n "$hog" ]; then
		sh -c 'while :; do :; done' &
		hog_pid=$!
	fi
	begun=$(date +%s)
	set -- --base "$base" --head "$head" --force --parts "$parts" \
		--budget "$budget" --out "$out/$i" --quiet
	[ -z "$filter" ] || set -- "$@" --filter "$filter"
	"$build/ipcmark" gate "$@" >"$folder/answer" 2>"$folder/err"
	code=$?
	took=$(($(date +%s) - begun))
	if [ -n "$hog_pid" ]; then
		kill "$hog_pid" 2>/dev/null
		wait "$hog_pid" 2>/dev/null
		hog_pid=
	fi
	case $code in
	0) ;;
	1) red=$((red + 1)) ;;
	4) untrusted=$((untrusted + 1)) ;;
	130) exit 130 ;;
	*)
		broken=$((broken + 1))
		cat "$folder/err" >&2
		;;
	esac
	rows=$(grep -c '^[a-z]*/[^ ]* *INCONCLUSIVE' "$folder/answer")
	open=$((open + rows))
	total=$((total + took))
	echo "run $i: $(tail -n 1 "$folder/answer"), $took s, $rows rows INCONCLUSIVE$(
		grep '^[a-z]*/[^ ]* *REGRESSED' "$folder/answer" |
			sed 's/  */ /g; s/^/; /' | tr -d '\n')"
	[ -n "$keep" ] || rm -rf "${out:?}/$i"
done

# The chance of at most k of n at a rate, and where it is 5 %.
awk -v red="$red" -v untrusted="$untrusted" -v n="$runs" -v open="$open" \
	-v total="$total" -v broken="$broken" -v percent="$percent" '
function at_most(k, n, p,   i, term, sum) {
	term = n * log(1 - p)
	sum = exp(term)
	for (i = 1; i <= k; i++) {
		term += log(n - i + 1) - log(i) + log(p) - log(1 - p)
		sum += exp(term)
	}
	return sum
}
function upper(k, n,   low, high, middle, i) {
	if (k >= n) return 1
	low = k / n; high = 1
	for (i = 0; i < 50; i++) {
		middle = (low + high) / 2
		if (at_most(k, n, middle) > 0.05) low = middle; else high = middle
	}
	return high
}
BEGIN {
	printf "%d runs: %d red (at least %.1f %%, at most %.1f %% with 95 %% confidence), %d UNTRUSTED or not judged, %d failed, %.1f rows INCONCLUSIVE a run, %.0f s a run\n",
		n, red, 100 * (1 - upper(n - red, n)), 100 * upper(red, n),
		untrusted, broken, open / n, total / n
	if (broken) exit 3
	if (percent == 0) exit red > 0
	exit percent >= 20 && red < 0.95 * n || percent >= 10 && red < 0.80 * n
}'
