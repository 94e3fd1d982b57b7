#!/bin/sh
# SPDX-License-Identifier: MIT
# Cells of several back-ends run side by side (`check --jobs`), never two of one
# back-end; the end of a worker costs one cell; Ctrl-C ends all of them.
set -eu
check=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
backends=pipe,socketpair,shm_ring

fail() {
  echo "$1" >&2
  exit 1
}

# Begins and ends of cells, from the bar that is redrawn at each: "+ BACKEND"
# and "- BACKEND". The counter moves at an end only.
events() {
  tr '\r' '\n' | sed -n 's/^.*\] \([0-9]*\)\/[0-9]* .* \([a-z_]*\)$/\1 \2/p' |
    awk '{ print ($1 == done + 0 ? "+" : "-"), $2; done = $1 }'
}

run() { # jobs
  "$check" --backend "$backends" --filter '^L-0[1249]' --jobs "$1" --quiet \
    --progress bar --report "json=$dir/$1.json" 2>"$dir/bar" >"$dir/out" ||
    fail "--jobs $1 is red: $(cat "$dir/out")"
  events <"$dir/bar" >"$dir/$1.events"
}

# at most `most` cells at once, and as many once; no back-end twice
most_at_once() { # most, events
  awk -v most="$1" '
    $1 == "+" { if (busy[$2]++) bad = $2 " runs twice"; if (++n > top) top = n }
    $1 == "-" { busy[$2]--; n-- }
    END {
      if (bad) { print bad; exit 1 }
      if (top != most) { print top " cells at once, not " most; exit 1 }
    }' "$2" || fail "wrong with $2"
}

verdicts() {
  sed -n '/^ "cells"/q; s/^ *"\(id\|backend\|verdict\)": \("[^"]*"\).*/\1 \2/p' "$1"
}

run 3
run 2
run 1
most_at_once 3 "$dir/3.events"
most_at_once 2 "$dir/2.events"
most_at_once 1 "$dir/1.events"
verdicts "$dir/1.json" >"$dir/one"
verdicts "$dir/3.json" >"$dir/three"
[ "$(grep -c verdict "$dir/one")" -eq 12 ] || fail "not 12 cells"
diff "$dir/one" "$dir/three" >&2 || fail "another order or other verdicts"

# The session: its workers are its children, the cells their children.
start() { # further arguments
  "$check" --backend "$backends" --filter '^L-' --quiet \
    --progress none "$@" --report "json=$dir/cut.json" >"$dir/out" 2>&1 &
  session=$!
  for _ in $(seq 200); do
    # shellcheck disable=SC2046 # a list
    set -- $(pgrep -P "$session" || true)
    [ $# -lt 3 ] || [ -z "$(pgrep -P "$1")" ] || return 0
    sleep 0.05
  done
  fail "no three workers"
}

start
kill -KILL "$(pgrep -P "$session" | head -n 1)"
code=0
wait "$session" || code=$?
[ "$code" -eq 3 ] || fail "a killed worker: exit $code, not 3: $(cat "$dir/out")"
[ "$(grep -c '"verdict": "E"' "$dir/cut.json")" -eq 1 ] ||
  fail "a killed worker: not one cell without a verdict"
grep -q 'process that ran it was killed' "$dir/cut.json" ||
  fail "a killed worker: no reason"

start --repeat 50
workers=$(pgrep -P "$session")
kill -INT "$session"
code=0
wait "$session" || code=$?
[ "$code" -eq 130 ] || fail "interrupted: exit $code, not 130"
# the workers were told: none went on to the end of its repeats
! grep -q '"runs": 50' "$dir/cut.json" || fail "interrupted, a cell went on"
grep -q '"complete": false' "$dir/cut.json" || fail "interrupted, yet complete"
for worker in $workers; do
  ! kill -0 "$worker" 2>/dev/null || fail "interrupted, a worker lives on"
done
