#!/bin/sh
# SPDX-License-Identifier: MIT
# Every function of the public headers that waits has a row in the table of
# blocking calls, so that the rules that say "every call" (section G) cover it.
# It waits if it has a timeout_ns, or if the comment before it says "Blocks".
# blocking_calls_test.sh INCLUDE_FOLDER CALLS_FOLDER
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
calls=$2

# function, and why it has no row
cat >"$folder/without" <<END
ipcm_pool_terminate it is not interrupted, and ends after 3 s at most
ipcm_manager_connect waits in ipcm_client_connect only, and for a reply: M-10
END

cat "$1"/*.h | awk '
  /^\/\*\*/ { comment = ""; inside = 1 }
  inside { comment = comment " " $0 }
  inside && /\*\// { inside = 0; next }
  inside { next }
  { text = text " " $0 }
  /;[ \t]*$/ {
    if (text ~ /IPCM_API/ && match(text, /ipcm_[a-z_]+\(/) &&
        (text ~ /timeout_ns/ || comment ~ /[^a-z]Blocks[^a-z]/))
      print substr(text, RSTART, RLENGTH - 1)
    text = ""
    comment = ""
  }
  /^[#}]/ { text = "" }' | sort -u >"$folder/waiting"
[ "$(wc -l <"$folder/waiting")" -ge 25 ] || {
  echo "only $(wc -l <"$folder/waiting") functions that wait: not read right"
  exit 1
}

failed=0
while read -r function; do
  if grep -q "^$function " "$folder/without"; then
    continue
  elif ! cat "$calls"/call*.c | grep -qw "$function"; then
    echo "$function waits, and no row of call.c calls it"
    failed=1
  fi
done <"$folder/waiting"
while read -r function reason; do
  grep -qx "$function" "$folder/waiting" || {
    echo "$function is said to wait ($reason), and does not, or is no more"
    failed=1
  }
done <"$folder/without"
for kind in $(grep -oE '\[CALL_[A-Z_]+\]' "$calls/call.c" | tr -d '[]'); do
  [ "$kind" = CALL_FUNCTION ] && continue
  grep -q "{$kind," "$calls/blocking_calls.c" || {
    echo "$kind is in call.c, and has no row in blocking_calls.c"
    failed=1
  }
done
exit $failed
