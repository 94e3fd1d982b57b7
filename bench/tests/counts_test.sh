#!/bin/sh
# SPDX-License-Identifier: MIT
# Counts as they reach the result file: what is exact is so, what this host
# refuses is null with a reason, what was not asked for is not there.
# Argument: the program. Needs jq.
set -eu

bench=$1
command -v jq >/dev/null || exit 77
dir=$(mktemp -d)
failures=0
trap 'rm -rf "$dir"' EXIT

fail() {
	echo "FAIL: $*" >&2
	failures=$((failures + 1))
}

# measure ARGUMENTS...: a short run into r.json
measure() {
	"$bench" --size 64 --budget 1 --repeat 1 --pin 1cpu -q --timeout 5m \
		--report json="$dir/r.json" "$@" >"$dir/out" 2>&1 ||
		fail "exit $? of: $*"
}

# holds WHAT FILTER: the jq filter is true for the result
holds() {
	jq -e "$2" "$dir/r.json" >/dev/null || fail "$1: not so: $2"
}

echo "raw mechanisms make the calls that their source shows, and no others"
measure --counts --iface raw --backend pipe,sysv_msg --scenario oneway
why='.cells[] | select(.baselines != []) | .counts.why'
if jq -e "[$why] | any(. != null)" "$dir/r.json" >/dev/null
then
	jq -r "$why" "$dir/r.json"
	exit 77
fi
holds "pipe" '.cells[] | select(.axes.backend == "pipe") |
	.counts.syscalls_per_message == {send: {write: 1}, recv: {read: 1}}'
holds "sysv_msg" '.cells[] | select(.axes.backend == "sysv_msg") |
	.counts.syscalls_per_message ==
		{send: {msgsnd: 1}, recv: {msgrcv: 1}}'
holds "baselines are for times" '[.cells[] | select(.baselines == []) | .counts] |
	length > 0 and all(.syscalls_per_message == null and
		(.why | contains("baseline")))'
holds "the sum" '[.cells[] |
	select(.axes.backend == "pipe" or .axes.backend == "sysv_msg") |
	.metrics.syscalls_per_message |
	.summary.median == 2 and .determinism == "exact"] | all'

echo "a number, or a reason; whole bytes; nothing is allocated"
measure --counts --iface queue,pipe,lock --backend shm_ring,pipe \
	--scenario oneway,roundtrip,self_loop,lock_uncontended,lock_contended
holds "cells" '.cells | length > 5'
holds "a value or a reason" '[.cells[].metrics |
	.syscalls_per_message, .allocations_per_message,
	.user_instructions_per_message, .shared_memory_bytes,
	.peak_rss_bytes_send |
	(.summary.median == null) == (.summary.why.median != null)] | all'
holds "allocations" '[.cells[].metrics.allocations_per_message.summary.median |
	. == 0 or . == null] | all'
holds "nothing is left behind" '[.cells[].metrics.leaked_objects.summary.median |
	. == 0 or . == null] | all'
holds "instructions of one process" '[.cells[] |
	select(.id == "queue/pipe/self_loop/size=64/placement=1cpu") |
	.metrics.user_instructions_per_message.summary.median | . > 100] | all'
holds "the ring is there" '.cells[] |
	select(.id == "queue/shm_ring/self_loop/size=64/placement=1cpu") |
	.metrics.shared_memory_bytes.summary.median |
	. == null or (. > 4096 and . == floor)'

echo "contenders and objects are counted; scenarios that wait say why not"
measure --counts --full --backend shm_ring \
	--iface queue,rlock,semaphore,event \
	--scenario mpmc,depth,wake_latency,uncontended,contended,barrier_rounds
holds "all but idle" '[.cells[] | select(.axes.scenario != "wake_latency") |
	.metrics.syscalls_per_message.summary] |
	length > 15 and all((.median == null) == (.why.median != null))'
holds "no call without contention" '.cells[] |
	select(.id == "rlock/shm_ring/uncontended/placement=1cpu") |
	.metrics.syscalls_per_message.summary.median | . == 0 or . == null'
holds "many sides" '[.cells[] | select(.axes.scenario == "mpmc") |
	.counts.syscalls_per_message | . == null or has("recv")] | all'
holds "wake_latency" '[.cells[] | select(.axes.scenario == "wake_latency") |
	.counts.syscalls_per_message == null and (.counts.why | length) > 0 and
	(.metrics.cpu_user_ns_per_message_send.summary |
		.median == null and (.why.median | length) > 0)] |
	length == 5 and all'
holds "what each used" '[.cells[].metrics |
	.cpu_user_ns_per_message_send, .cpu_system_ns_per_message_send,
	.voluntary_switches_per_message, .involuntary_switches_per_message,
	.page_faults_per_message | .summary |
	(.median == null) == (.why.median != null)] | all'

echo "what is not asked for is not there"
measure --iface raw --backend pipe --scenario oneway
holds "no counts" '.cells[] | .counts == null and
	(.metrics | has("syscalls_per_message") | not)'
measure --counts=few --iface queue --backend pipe --size 1K --scenario oneway
holds "few is 64 B" '[.cells[] | select(.axes.size_bytes != 64) | .counts] |
	all(. == null)'

echo "a tracer and its workers are gone"
if pgrep -P $$ >/dev/null; then
	fail "a process was left"
fi
[ "$failures" = 0 ]
