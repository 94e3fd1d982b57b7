#!/bin/sh
# SPDX-License-Identifier: MIT
# ipcmark report --history: steps at the right commit, ratios, no time of a run
# anywhere, and files that cannot be used.
# history_test.sh REPORT CHECK_FIXTURE
set -u
report=$1
check=$2
tests=$(dirname "$0")
command -v python3 >/dev/null || { echo 'there is no python3'; exit 77; }
# shellcheck source=reports/tests/support.sh
. "$tests/support.sh"
out=$folder/out

# expect CODE TEXT ARGUMENT...: TEXT on standard error
expect() {
	code=$1
	text=$2
	shift 2
	"$report" "$@" >"$folder/log" 2>"$folder/err"
	got=$?
	[ "$got" -eq "$code" ] || fail "report $*: exit $got instead of $code"
	[ -z "$text" ] || grep -qF -- "$text" "$folder/err" ||
		fail "report $*: does not say: $text"
}

# says FILE TEXT
says() {
	grep -qF -- "$2" "$1" || fail "$1 does not say: $2"
}

mkdir "$folder/runs" "$folder/none" "$folder/bad" "$folder/clauses" "$folder/many"
python3 "$tests/history_make.py" "$folder/runs" || exit 1

# ---- what is found ----

expect 0 '' --history "$folder/runs" --out "$out"
equal 'complaints' "$(cat "$folder/err")" ''
equal 'last line' "$(tail -n 1 "$folder/log")" "$out/history.html"
python3 "$tests/history_check.py" "$out/history.csv" || fail 'wrong values'
check_page "$out/history.html"
expect 0 '' --history "$folder/runs" --ascii
cp "$folder/log" "$out/history.txt"
for file in "$out"/history.html "$out"/history.md "$out"/history.txt; do
	says "$file" '6 steps in 6 counts over 8 runs'
	says "$file" 'same commit: not the code'
	says "$file" 'machine, limits or compiler differ'
done
says "$out/history.html" 'write, read &lt;there &amp; back&gt;'
says "$out/history.html" 'Run 4 (444444444444): rose from 1 to 2'
equal 'steps in charts' "$(grep -o 'class="step rose"' "$out/history.html" | wc -l)" 5
# Times and rates of a run are in none of them, in any number of digits.
for file in "$out"/*; do
	grep -nE '48[,. ]?1[0-9]|20[,. ]?7[789]|[0-9] ?(ns|µs|us|ms|msg/s|/s)\b' "$file" &&
		fail "$file holds a time"
done
# The same files give the same bytes.
expect 0 '' --history "$folder/runs" --out "$folder/again"
rm "$out/history.txt"
diff -r "$out" "$folder/again" >/dev/null || fail 'made again it differs'
expect 0 '' --history "$folder/runs" --out "$folder/alone.html"
cmp -s "$folder/alone.html" "$out/history.html" || fail 'the page alone differs'

# ---- files that cannot be used ----

cp "$folder/runs"/*.json "$folder/bad"
echo 'not json' >"$folder/bad/text.json"
echo '{"a": 1}' >"$folder/bad/other.json"
sed 's/"version": "2.0"/"version": "3.0"/' "$folder/runs/a.json" \
	>"$folder/bad/newer.json"
mkdir "$folder/bad/folder.json"
echo 'no result by its name' >"$folder/bad/notes.txt"
cp "$check" "$folder/bad/clauses.json"
expect 2 '4 of 13 files' --history "$folder/bad" --out "$folder/bad.out"
for name in text.json other.json newer.json folder.json; do
	says "$folder/err" "/$name"
	says "$folder/bad.out/history.html" "<li>$name</li>"
done
says "$folder/err" 'clauses.json has no row of a benchmark'
equal 'sentences' "$(wc -l <"$folder/err")" 6
# The others are used as if these were not there.
cmp -s "$out/history.csv" "$folder/bad.out/history.csv" ||
	fail 'files that cannot be used change the figures'
rm "$folder/bad"/?.json
expect 2 'newer.json has version 3.0' --history "$folder/bad" --out "$folder/x"
[ -e "$folder/x" ] && fail 'a history of nothing was written'

expect 4 'there is no result file' --history "$folder/none" --out "$folder/x"
equal 'sentences' "$(wc -l <"$folder/err")" 1
cp "$check" "$folder/clauses/c.json"
expect 4 'no file in' --history "$folder/clauses" --out "$folder/x"
[ -e "$folder/x" ] && fail 'a history of nothing was written'
expect 2 'cannot read the folder' --history "$folder/absent"
expect 2 'name either' --history "$folder/runs" "$check"
expect 2 'name either' --history "$folder/runs" --from "$out/history.html"
expect 3 'cannot write' --history "$folder/runs" --out "$check/x"

# ---- one run, and a hundred that are alike ----

rm "$folder/runs"/[b-h].json
expect 0 '' --history "$folder/runs" --out "$out"
says "$out/history.html" 'No count stepped over 1 run'
check_page "$out/history.html"
python3 "$tests/history_make.py" "$folder/many" 100 || exit 1
expect 0 '' --history "$folder/many" --out "$out"
says "$out/history.html" 'No count stepped over 100 runs'
check_page "$out/history.html"
exit "$failed"
