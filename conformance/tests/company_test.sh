#!/bin/sh
# SPDX-License-Identifier: MIT
# Verdicts in company: ids that other programs make and remove meanwhile are no
# leaks of ours, those of this user and those of another; and an ordinary user
# gets the verdicts of root.
# company_test.sh IPCMARK_CHECK
set -u
check=$1
failed=0
folder=$(mktemp -d)
pids=
trap 'rm -rf "$folder"' EXIT

fail() {
	echo "$*"
	sed 's/^/    /' "$folder/log"
	failed=1
}

# as_user COMMAND...: as an ordinary one, if this is root
as_user() {
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid 12345 --regid 12345 --clear-groups "$@"
	else
		"$@"
	fi
}

# Ids that no process uses: nothing tells whose they are.
churn() { # COMMAND PREFIX...
	while [ ! -e "$folder/end" ]; do
		id=$("$@" ipcmk -Q | grep -o '[0-9]*$')
		sleep 0.7
		"$@" ipcrm -q "$id"
		sleep 0.2
	done
}

if command -v ipcmk >/dev/null && command -v setpriv >/dev/null; then
	churn env &
	pids=$!
	[ "$(id -u)" -ne 0 ] || {
		churn as_user &
		pids="$pids $!"
	}
	"$check" --backend shm_ring --filter '^(Q-NEW|Q-PUT-0|X-LEK)' --quiet \
		--progress none >"$folder/log" 2>&1 ||
		fail "red while others make ids: exit $?"
	: >"$folder/end"
	# shellcheck disable=SC2086 # a list
	wait $pids
fi

if as_user test -x "$check" 2>/dev/null; then
	code=0
	as_user "$check" --backend posix_mq --filter '^X-LIM-02$' --quiet \
		--progress none >"$folder/log" 2>&1 || code=$?
	[ "$code" -eq 0 ] || [ "$code" -eq 77 ] ||
		fail "an ordinary user: exit $code"
fi
exit "$failed"
