#!/bin/sh
# SPDX-License-Identifier: MIT
# A clause passes although another program of the user holds the message queues
# that it needs when it starts, if it gives them back: all of them, so that the
# back-end's probe fails, or all but the few that the probe needs.
# limit_in_use_test.sh IPCMARK_CHECK HOLD_MESSAGE_QUEUES
set -u
check=$1
hold=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# passes_beside CLAUSE HOLD_ARGUMENT...
passes_beside() {
	clause=$1
	shift
	: >"$folder/held"
	"$hold" "$@" >"$folder/held" &
	holder=$!
	while [ ! -s "$folder/held" ]; do
		kill -0 "$holder" 2>/dev/null || {
			wait "$holder"
			exit $?
		}
		sleep 0.02
	done
	"$check" --backend posix_mq --filter "^$clause\$" --progress none \
		>"$folder/out" 2>&1
	code=$?
	wait "$holder"
	[ "$code" -eq 0 ] && return
	echo "$clause ended with $code beside $(cat "$folder/held") queues:"
	cat "$folder/out"
	exit 1
}

passes_beside Q-PUT-01 3
passes_beside G-SIG-01 3 large

# If it keeps them, the limit clauses are not red: it is a limit of the host.
: >"$folder/held"
"$hold" 300 large >"$folder/held" &
holder=$!
while [ ! -s "$folder/held" ]; do
	sleep 0.02
done
code=0
"$check" --backend posix_mq --filter '^X-LIM-01$' --progress none \
	>"$folder/out" 2>&1 || code=$?
kill "$holder"
[ "$code" -eq 77 ] && grep -q 'L on posix_mq' "$folder/out" &&
	grep -q 'other programs of this user hold' "$folder/out" && exit
echo "X-LIM-01 ended with $code beside $(cat "$folder/held") queues:"
cat "$folder/out"
exit 1
