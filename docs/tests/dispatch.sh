#!/bin/sh
# SPDX-License-Identifier: MIT
# The command's own answers: verbs, mistakes, exit codes.
# dispatch.sh IPCMARK
set -u
ipcmark=$1
failed=0
out=$(mktemp)
trap 'rm -f "$out"' EXIT

# expect CODE TEXT ARGUMENT... : ends with CODE and says TEXT somewhere
expect() {
	code=$1
	text=$2
	shift 2
	"$ipcmark" "$@" >"$out" 2>&1
	got=$?
	if [ "$got" -ne "$code" ]; then
		echo "ipcmark $*: exit $got instead of $code"
		failed=1
	fi
	if ! grep -qF -- "$text" "$out"; then
		echo "ipcmark $*: does not say: $text"
		sed 's/^/    /' "$out"
		failed=1
	fi
}

expect 2 'Usage: ipcmark VERB'
expect 0 'Usage: ipcmark VERB' help
expect 0 'Usage: ipcmark VERB' --help
expect 0 'Usage: ipcmark VERB' help help
expect 2 'no verb is called "frobnicate"; there are: list' frobnicate
expect 2 'Did you mean "bench"?' bensh
expect 2 'Did you mean "report"?' repotr
expect 2 'no verb is called "nonsense"' help nonsense
expect 0 'ipcmark ' version
expect 0 'ipcmark ' --version
expect 2 '"--frob" is not known' version --frob
expect 0 'Usage: ipcmark env' help env
expect 0 'Usage: ipcmark report' help report
expect 0 'Usage: ipcmark export' help export
expect 2 'no result file was named' export --to csv
expect 0 'Usage: ipcmark list' help list
expect 0 'fs.mqueue.msg_max' env
expect 2 'text or json, not "xml"' env --format xml
expect 0 'shm_ring' list
expect 0 'native' list
expect 2 '"--frob" is not known' list --frob
expect 2 'no result file was named' report
expect 0 'shm_ring' list --backend shm_ring
expect 2 'no back-end is called "nonsense"' list --backend nonsense
expect 2 'there is no such file' list --backend ./nowhere.so
if "$ipcmark" check --help >/dev/null 2>&1; then
	expect 2 'there is no such file' check --backend pipe,./nowhere.so
	expect 0 'Usage: ipcmark selftest' help selftest
	expect 2 'there are: mutants, reference, cpython, bench' \
		selftest frobnicate
	expect 0 'Q-GET-01 ' list --clauses -f '^Q-PUT-01$' -f '^Q-GET-01$'
	expect 0 'Q-PUT-01 ' list --clauses -f '^Q-PUT-01$' -f '^Q-GET-01$'
	expect 2 'no clause matches "-." "^Q-PUT-01$"' list --clauses -f -. \
		-f '^Q-PUT-01$'
	expect 0 'drop ' selftest mutants --list -f '^drop$' -f '^swap$'
	expect 0 'swap ' selftest mutants --list -f '^drop$' -f '^swap$'
	expect 0 'is now called "--crash-stress"' check --storm 1 --help
	expect 2 'ipcmark selftest mutants' selftest
	expect 0 'caught by' selftest mutants --assume-green \
		--filter '^two-tokens$'
fi
if "$ipcmark" bench --help >/dev/null 2>&1; then
	expect 2 'there is no such file' bench --backend ./nowhere.so
	expect 0 'queue/pipe/oneway/size=64/' list --cells -f '^queue/pipe' \
		-f '^queue/shm_ring'
	expect 0 'queue/shm_ring/oneway/size=64/' list --cells \
		-f '^queue/pipe' -f '^queue/shm_ring'
fi
"$ipcmark" frobnicate 2>/dev/null >"$out"
if [ -s "$out" ]; then
	echo 'a mistake must be told on standard error only'
	failed=1
fi
exit $failed
