#!/bin/sh
# SPDX-License-Identifier: MIT
# ipcmark-bench as a user meets it: does it run, refuse, stop, clean up, and
# call a row invalid that it could not prove?
# Nothing here looks at a time. Argument: the program.
set -eu

# An IPC namespace of its own, if that is allowed: what others make and remove
# meanwhile is then not seen.
if [ -z "${IPCMARK_TEST_ISOLATED-}" ]; then
	for isolate in "unshare --ipc" "unshare --map-root-user --ipc"; do
		if $isolate true 2>/dev/null; then
			IPCMARK_TEST_ISOLATED=1
			export IPCMARK_TEST_ISOLATED
			exec $isolate "$0" "$@"
		fi
	done
fi

bench=$1
dir=$(mktemp -d)
failures=0
trap 'rm -rf "$dir"' EXIT

fail() {
	echo "FAIL: $*" >&2
	sed 's/^/    /' "$dir/out" "$dir/err" >&2
	failures=$((failures + 1))
}

# run WANTED_EXIT ARGUMENTS...: standard output in out, error in err. A sample is
# given its time on a machine that has other things to do.
run() {
	wanted=$1
	shift
	code=0
	"$bench" --timeout 5m "$@" >"$dir/out" 2>"$dir/err" || code=$?
	[ "$code" = "$wanted" ] || fail "exit $code, not $wanted: $*"
}

says() {
	grep -q -e "$2" "$dir/$1" || fail "$1 does not say \"$2\""
}

# What a run could leave: System V ids, and the competitor's shared memory.
objects() {
	tail -q -n +2 /proc/sysvipc/msg /proc/sysvipc/sem |
		awk '{ print $1, $2 }'
	find /dev/shm -name 'ipcmark-competitor*' 2>/dev/null || true
}

small="--size 64 --budget 1 --repeat 3 --pin 1cpu"
objects | sort >"$dir/before"

echo "it measures and writes every kind of report"
# shellcheck disable=SC2086
run 0 $small --iface queue,raw --scenario oneway,roundtrip \
	--backend pipe,shm_ring --report json="$dir/r.json" \
	--report csv="$dir/r.csv" --report md="$dir/r.md"
says out 'queue, oneway, 1cpu'
says out 'pipe_of_raw'
grep -q '"complete": true' "$dir/r.json" || fail "the run is not complete"
grep -q '^queue/pipe/oneway/size=64/placement=1cpu,.*,ok,messages_per_s,' \
	"$dir/r.csv" || fail "no row in the CSV"
grep -q '^| shm_ring |' "$dir/r.md" || fail "no row in the Markdown"
[ ! -e "$dir/r.json.jsonl" ] || fail "the stream was left behind"

grep -q '"kind": "machine"' "$dir/r.json" || fail "no baselines in the JSON"
says out 'times the bare mechanism'
says out '^  baseline: memcpy in and out, one process$'
# times the baseline and the bare mechanism: of every headline row, in the CSV
awk -F, '/^queue\/pipe\/oneway/ && $11 == 1 && $13 == "messages_per_s" {
		n++
		bad += !($27 > 0) || !($28 > 0)
	}
	END { exit !(n && !bad) }' "$dir/r.csv" || fail "no baselines in the CSV"
[ "$(grep -c 'raw/copy/self_loop/.*,ok,messages_per_s' "$dir/r.csv")" -gt 0 ] ||
	fail "the baseline is not in the plan"

echo "the first of a fresh object stands apart; the warm-up is told"
grep -q '^queue/pipe/oneway/size=64/placement=1cpu,.*,ok,first_ns,ns,' \
	"$dir/r.csv" || fail "no first message in the CSV"
grep -q '^raw/pipe/roundtrip/size=64/.*,ok,first_ns,ns,' "$dir/r.csv" ||
	fail "no first trip in the CSV"
awk -F, '$13 == "warmup_rounds" { n++; bad += $19 < 3 || $19 > 8 }
	$13 == "warmup_settled" { m++; bad += $19 != 0 && $19 != 1 }
	END { exit !(n && n == m && !bad) }' "$dir/r.csv" ||
	fail "the rounds of the warm-up are not told"
grep -q '"first_ns"' "$dir/r.json" || fail "no first message in the JSON"
grep -q '"unsettled":' "$dir/r.json" || fail "nothing of the warm-up in the JSON"
grep -q '"clock_step_ns":' "$dir/r.json" || fail "no resolution of the clock"
says out '  the first$'
says out 'The clock moves in steps of'

echo "a given number of messages stands, however short the samples are"
run 0 --size 64 --pin 1cpu --iface queue --scenario oneway --repeat 2 \
	--backend pipe --iterations 200 --report json="$dir/r.json"
tr -d ' \n' <"$dir/r.json" | grep -q '"samples":{"count":2,"iterations":200,' ||
	fail "the samples have another number of messages"

echo "scenario names of before are understood"
run 0 --list --scenario alternate,oneway --iface queue --backend pipe
says err '^ipcmark bench: "alternate" is now called "self_loop"'
says out '^queue/pipe/self_loop/'
run 0 --list --iface rival --peers
says err '^ipcmark bench: "--peers" is now called "--competitors"'
says out '^competitor/'

echo "a table fits into a terminal of 80 columns, also with many sizes"
COLUMNS=80
export COLUMNS
run 0 --full --budget 1 --repeat 1 --pin 1cpu --iface queue,raw,lock \
	--scenario oneway,lock_contended --backend sysv_msg --batch 1
unset COLUMNS
says out 'processes, 1 is even'
says out ' ~? '
if grep -E '^.{81}' "$dir/out"; then
	fail "a line is longer than the terminal"
fi
[ "$(grep -c 'MiB$' "$dir/out")" -ge 1 ] || fail "the last size is not there"

echo "every row of every back-end is proved"
run 0 --budget 1 --repeat 1 --pin 1cpu --iface queue,pipe,lock --size 16K \
	--format csv
if grep -E ',(invalid|error|timeout)(,|$)' "$dir/out"; then
	fail "a row is invalid"
fi

echo "a back-end that drops messages has invalid rows and no numbers"
# shellcheck disable=SC2086
run 4 $small --iface queue --scenario oneway,roundtrip --backend pipe \
	--mutant drop --mutant-every 100 --format csv
says out '^queue/pipe/oneway/.*,invalid,,'
says out '^queue/pipe/roundtrip/.*,invalid,,'
if grep ',ok,' "$dir/out"; then
	fail "a row with lost messages has numbers"
fi

echo "contenders, timed senders, bounds and pauses are proved and have numbers"
run 0 --scenario mpmc,open_loop,depth,wake_latency --full --budget 1 --repeat 1 \
	--pin 1cpu --backend pipe,shm_ring --format csv
if grep -E ',(invalid|error|timeout)(,|$)' "$dir/out"; then
	fail "a row is invalid"
fi
says out '/producers=8/consumers=8,.*,ok,consumer_fairness,1,'
says out '/producers=8/consumers=8,.*,ok,producer_fairness,1,'
says out '/load=110,.*,ok,latency_ns,ns,.*,110,,,,[0-9.]*,,$'
says out '/load=110,.*,ok,service_ns,ns,'
says out '/load=10,.*,ok,capacity_per_s,1/s,'
# id, rep and value of each sample: a message is never sent before it is due
awk -F, '$13 == "latency_mean_ns" { due[$1, $15] = $19 }
	$13 == "service_mean_ns" { sent[$1, $15] = $19 }
	END {
		for (i in sent) {
			n++
			bad += due[i] < sent[i] * 0.999999
		}
		exit !(n >= 18 && !bad)
	}' "$dir/out" || fail "latencies from the intended sending are too short"
says out '/depth=1,.*,ok,messages_per_s,'
says out '/gap=10ms,.*,ok,latency_ns,ns,.*,,10000000,,,[0-9.]*,,$'
columns=$(sed 's/"[^"]*"//g' "$dir/out" | awk -F, '{ print NF }' | sort -u |
	wc -l)
[ "$columns" = 1 ] || fail "rows of different lengths in the CSV"

echo "messages in place are proved, and a bare wake-up has a number"
run 0 --scenario in_place --size 4K,64K,1000 --budget 1 --repeat 1 --format csv \
	--backend pipe,shm_ring
says out '^queue/shm_ring/in_place/size=65536/placement=2cpu,.*,ok,messages_per_s,'
says out '^queue/shm_ring/in_place/size=1000/placement=1cpu,.*,ok,messages_per_s,'
says out '^raw/ring/in_place/size=1000/placement=2cpu,.*,ok,messages_per_s,'
if grep '^queue/pipe' "$dir/out"; then fail "a pipe has no place"; fi
run 0 --filter '^raw/futex' --budget 1 --repeat 1 --format csv --full
says out '^raw/futex/wake_latency/.*/placement=1cpu/gap=10ms,.*,ok,latency_ns,'
run 0 --scenario mpmc --size 8,1K --budget 1 --repeat 1 --format csv \
	--pin 1cpu --backend shm_ring --full
says out '^queue/shm_ring/mpmc/size=8/.*consumers=8,.*,ok,messages_per_s,'
says out '^queue/shm_ring/mpmc/size=1024/.*consumers=8,.*,ok,messages_per_s,'
if grep -E ',(invalid|error|timeout)(,|$)' "$dir/out"; then
	fail "a row is invalid"
fi
echo "many items, queues and processes are proved and have numbers"
run 0 --scenario backlog,queues_1,queues_100,queues_10000 --full --budget 1 \
	--repeat 1 --backend pipe,shm_ring --format csv
says out '^queue/shm_ring/backlog/.*/depth=100000,.*,ok,pair_ns,'
says out '^queue/pipe/backlog/.*/depth=1,.*,ok,pair_ns,'
says out '^queue/shm_ring/queues_100/.*,ok,pair_ns,'
# 10,000 queues may be more than a process may open
if grep -E ',(invalid|error|timeout)(,|$)' "$dir/out"; then
	fail "a row is invalid"
fi
run 4 --iface queue --filter '/shm_ring/(backlog|queues_100/)' --full --budget 1 \
	--repeat 1 --mutant swap
says out 'invalid:'

for mutant in drop double flip swap; do
	echo "$mutant makes them invalid, and messages of one byte"
	run 4 --scenario mpmc,open_loop,depth,wake_latency --budget 1 --repeat 1 \
		--pin 1cpu --iface queue --backend shm_ring --mutant "$mutant" \
		--mutant-every 100 --format csv
	if grep ',ok,' "$dir/out"; then
		fail "a row is not invalid with $mutant"
	fi
	for scenario in mpmc open_loop depth wake_latency; do
		says out "^queue/shm_ring/$scenario/.*,invalid,,"
	done
	run 4 --scenario oneway,roundtrip --budget 1 --repeat 1 --size 1 \
		--pin 1cpu --iface queue --backend shm_ring \
		--mutant "$mutant" --mutant-every 100 --format csv
	if grep ',ok,' "$dir/out"; then
		fail "a row of one byte is not invalid with $mutant"
	fi
done

echo "one byte goes everywhere"
run 0 --size 1,3 --budget 1 --repeat 1 --iface queue,pipe,raw \
	--scenario oneway,roundtrip,self_loop --pin 1cpu --format csv
if grep -E ',(invalid|error|timeout)(,|$)' "$dir/out"; then
	fail "a row is invalid"
fi

echo "the objects run, are proved, and tell their own numbers"
run 0 --pin 1cpu --budget 1 --repeat 3 --backend pipe,shm_ring --format csv \
	--iface rlock,semaphore,event,condition,barrier,lock --scenario \
	uncontended,nested,is_set,contended,handoff,barrier_rounds,lock_contended,startup
if grep -E ',(invalid|error|timeout|skipped)(,|$)' "$dir/out"; then
	fail "a row of an object is invalid"
fi
says out '^lock/pipe/lock_contended/.*,ok,fairness_jain,'
says out '^condition/shm_ring/handoff/.*,ok,handoff_rtt_ns,'
says out '^event/shm_ring/barrier_rounds/.*,ok,round_ns,'
says out '^semaphore/pipe/startup/.*,ok,first_message_ns,'

echo "managers run, and are proved"
run 0 --pin 1cpu --budget 3 --repeat 1 --backend pipe,shm_ring --size 64 \
	--format csv --scenario dict_get,dict_set
if grep -E ',(invalid|error|timeout|skipped)(,|$)' "$dir/out"; then
	fail "a row of a manager is invalid"
fi
says out '^manager/pipe/dict_set/.*/clients=8,.*,ok,requests_per_s,'
says out '^manager/shm_ring/dict_get/.*/clients=1,.*,ok,request_ns,'

echo "processes and pools run, and are proved"
run 0 --pin 1cpu --budget 2 --repeat 1 --backend pipe,shm_ring --format csv \
	--scenario map
says out '^pool/pipe/map/.*/tasks=10000,.*,ok,tasks_per_s,'
says out '^pool/shm_ring/map/.*/tasks=1,.*,ok,task_ns,'
run 0 --pin 1cpu --budget 1 --repeat 1 --format csv --scenario start_join
if grep -E ',(invalid|error|timeout|skipped)(,|$)' "$dir/out"; then
	fail "a row of a process is invalid"
fi
says out '^raw/process/start_join/.*,ok,start_join_ns,'
run 4 --pin 1cpu --budget 1 --repeat 1 --backend shm_ring --format csv \
	--mutant flip --filter 'map.*tasks=100$'
says out '^pool/shm_ring/map/.*,invalid,,'

echo "recovery from a killed process is timed"
# shellcheck disable=SC2086
run 0 $small --backend pipe,shm_ring --format csv --iface queue,lock \
	--scenario startup,recovery,recovery_get,recovery_put
if grep -E ',(invalid|error|timeout|skipped)(,|$)' "$dir/out"; then
	fail "a row of start-up or recovery is invalid"
fi
says out '^queue/pipe/startup/.*,ok,create_ns,'
says out '^lock/shm_ring/recovery/.*,ok,recovery_ns,'
says out '^queue/shm_ring/recovery_put/.*,ok,recovery_ns,'

echo "a long run is one sample with its slices"
run 0 --scenario endurance --duration 6s --backend shm_ring --pin 1cpu \
	--report json="$dir/e.json"
grep -q '"slice_ns": 1000000000' "$dir/e.json" || fail "no slices"
grep -q '"drift_percent_per_min"' "$dir/e.json" || fail "no drift"
grep -q '"descriptors_end"' "$dir/e.json" || fail "no descriptors"

echo "a lock that two can hold makes invalid the rows of contenders"
# samples long against a turn of the scheduler: one process must not have done
# all before the other had the CPU
run 4 --pin 1cpu --budget 15 --repeat 3 --backend pipe --format csv \
	--mutant two-tokens --iface lock,rlock,semaphore \
	--scenario lock_contended,contended,handoff,recovery
if grep ',ok,' "$dir/out"; then
	fail "a row of a broken lock has numbers"
fi
says out '^lock/pipe/lock_contended/.*,invalid,,'
says out '^semaphore/pipe/contended/.*,invalid,,'
says out '^lock/pipe/handoff/.*,invalid,,'

echo "bad input is refused with one sentence"
while read -r wrong; do
	# shellcheck disable=SC2086
	run 2 $wrong
	lines=$(grep -vc -e '^Try ' "$dir/err" || true)
	[ "$lines" = 1 ] || fail "$lines lines for: $wrong"
done <<LINES
--backend nothing
--report json=$dir/twice --report csv=$dir/twice
--size 0
--size 64,x
--size 17M
--pin 3cpu
--filter [
--filter no_cell_has_this_name
--repeat 0
--goals=[
--goals=no_goal_has_this_name
--goals --size 64
--goals --full
--duration 0
--duration 3601
--budget -1
--report xml=file
--scenario nothing
--mutant nothing
--unknown
word
LINES

echo "lists and plans run nothing"
run 0 --list
says out '^queue/shm_ring/oneway/size=64/placement=2cpu$'
run 0 --list --filter -queue
if grep '^queue' "$dir/out"; then fail "the filter was not negated"; fi
run 0 --dry-run
says out 'about'

echo "goals are measured with what they are held against"
run 0 --goals --dry-run
says out '^  competitor/boost_mq/mpmc/size=8/'
run 0 --goals --list
says out '^oneway_64  *one way, 64 B, blocking default, of the ring baseline$'
# reached or short, and never both: the exit code says which
for goal in '^oneway_64$' '^lock_fair_4$' '^wake$'; do
	code=0
	"$bench" --timeout 5m --goals="$goal" --repeat 3 --budget 1 -q \
		--report json="$dir/r.json" >"$dir/out" 2>"$dir/err" || code=$?
	case $code in
	0) says out '| reached' ;;
	1) says out '| short' ;;
	*) fail "exit $code for the goal $goal" ;;
	esac
	says r.json '"mode": "goals"\|"mode": "budget"'
	[ "$(grep -c '^| [a-z]*_*[a-z0-9_]* | .* to .* |$' "$dir/out")" = 1 ] ||
		fail "not one line for the goal $goal"
done
says out '^| wake | .* | <= 1.1 | [0-9.]* | [0-9.]* to [0-9.]* | '
says r.json '"reference_cell": "raw/futex/wake_latency/size=64/placement=2cpu/gap=1ms"'
echo "a goal without a figure is neither reached nor short"
run 4 --goals='^wake$' --filter '^raw/futex' --repeat 3 --budget 1 -q
says out '| wake | .* | - | - to - | not measured: '
echo "a goal of messages that get lost has no figure"
run 4 --goals='^oneway_64$' --repeat 3 --budget 1 -q --mutant drop
says out '| oneway_64 | .* | not measured: .* is invalid |$'

echo "a killed run loses one repetition at most"
"$bench" --iface queue --scenario oneway --size 64 --pin 1cpu --batch 1 \
	--budget 100 --repeat 500 --timeout 5m -v --progress plain \
	--report json="$dir/k.json" >"$dir/out" 2>"$dir/err" &
pid=$!
waited=0
while ! grep -q 'samples":\[.*"rep":2,' "$dir/k.json.jsonl" 2>/dev/null &&
	[ "$waited" -lt 6000 ]; do
	sleep 0.1
	waited=$((waited + 1))
done
kill -KILL "$pid"
wait "$pid" 2>/dev/null || true
[ ! -e "$dir/k.json" ] || fail "a killed run has a result"
grep -q '"complete":false' "$dir/k.json.jsonl" || fail "it says it is complete"
cells=$(grep -c '^{"array":"cells".*"status":"ok"' "$dir/k.json.jsonl" || true)
[ "$cells" = 5 ] || fail "$cells cells are left, not 5"
grep -q '"method":{' "$dir/k.json.jsonl" || fail "how it was measured is lost"

echo "a budget is kept, or said to be too short"
# shellcheck disable=SC2086
run 0 --full --budget 20m --dry-run
[ "$(wc -l <"$dir/out")" -gt 1000 ] || fail "that is no large selection"
seconds=$(sed -n '1s/.*about \([0-9]*\) s .*/\1/p' "$dir/out")
[ "$seconds" -le 1200 ] && [ "$seconds" -ge 900 ] ||
	fail "planned for $seconds s of 1200"
run 0 --full --budget 10s --dry-run
says out 'budget of 10 s is too short'
says out 'would fit'
began=$(date +%s)
run 0 --size 64 --pin 1cpu --iface queue --scenario oneway,roundtrip \
	--backend pipe,shm_ring --budget 5s --counts --progress plain --report json="$dir/b.json"
took=$(($(date +%s) - began))
# a hang limit, for a machine that may be busy
[ "$took" -lt 600 ] || fail "five seconds took $took"
says err 's left$'

echo "an interrupted run keeps what it has and leaves nothing"
code=0
# what the run before said must not be taken for this one's
: >"$dir/err"
"$bench" --iface queue,pipe --size 64 --budget 20 --timeout 5m -v --progress plain \
	--report json="$dir/i.json" >"$dir/out" 2>"$dir/err" &
pid=$!
waited=0
while ! grep -q '^\[3/' "$dir/err" && [ "$waited" -lt 3000 ]; do
	sleep 0.1
	waited=$((waited + 1))
done
kill -TERM "$pid"
wait "$pid" || code=$?
[ "$code" = 130 ] || fail "exit $code after an interruption"
grep -q '"complete": false' "$dir/i.json" || fail "it says it is complete"
objects | sort >"$dir/after"
left=$(comm -13 "$dir/before" "$dir/after")
[ -z "$left" ] || fail "left behind: $left"

[ "$failures" = 0 ]
