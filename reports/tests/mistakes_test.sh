#!/bin/sh
# SPDX-License-Identifier: MIT
# Mistakes: one sentence, the documented exit code, no incomplete output.
# mistakes_test.sh REPORT CHECK_FIXTURE BENCH_FIXTURE
set -u
report=$1
check=$2
bench=$3
failed=0
folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
out=$folder/out
# Where the program looks for gnuplot.
search=$PATH

fail() {
	echo "$*"
	sed 's/^/    /' "$folder/err"
	failed=1
}

# expect CODE TEXT ARGUMENT...
expect() {
	code=$1
	text=$2
	shift 2
	PATH=$search "$report" "$@" >"$folder/log" 2>"$folder/err"
	got=$?
	[ "$got" -eq "$code" ] || fail "report $*: exit $got instead of $code"
	[ -z "$text" ] || grep -qF -- "$text" "$folder/err" || fail "report $*: does not say: $text"
}

# complain CODE TEXT ARGUMENT...: with a single line
complain() {
	expect "$@"
	lines=$(wc -l <"$folder/err")
	[ "$lines" -eq 1 ] || fail "$lines lines instead of one"
}

complain 2 'cannot read' --out "$out" "$folder/absent.json"
echo 'not json' >"$folder/text.json"
complain 2 'is not JSON' --out "$out" "$folder/text.json"
echo '{"a": 1}' >"$folder/other.json"
complain 2 'not a result of ipcmark' --out "$out" "$folder/other.json"
sed 's/"version": "2.0"/"version": "3.0"/' "$bench" >"$folder/newer.json"
complain 2 'has version 3.0' --out "$out" "$folder/newer.json"
sed 's/"performance_targets"/"targets"/' "$bench" >"$folder/damaged.json"
complain 2 'has no array "performance_targets"' --out "$out" "$folder/damaged.json"
complain 2 'not a page made by' --out "$out" --from "$bench"
complain 2 'cannot read' --out "$out" --from "$folder/absent.html"
[ -e "$out" ] && fail 'a report was begun without a result'

expect 2 'no result file was named'
expect 2 'name either' --from "$folder/x.html" "$bench"
expect 2 'html, md or csv, not "pdf"' --format html,pdf "$bench"
expect 2 'is a page, but' --format md --out "$folder/x.html" "$bench"

# A path that ends in a line break: refused in one line, and nothing is made.
# One inside a path is a name like others.
broken="$folder/broken
"
inside="$folder/in
side"
cp "$bench" "$broken"
cp "$bench" "$inside.json"
complain 2 'a result file: a path must not end in a line break' "$broken"
complain 2 '--out: a path must not end in a line break' --out "$broken" "$bench"
complain 2 '--from: a path must not end in a line break' --from "$broken"
[ -f "$broken" ] || fail 'the file of the refused path is gone'
expect 0 '' --out "$inside" "$inside.json"
[ -s "$inside/report.html" ] || fail 'no report in a folder with a line break'
rm -r "$inside"

echo 'a file' >"$folder/file"
complain 3 'cannot write' --out "$folder/file/x" "$check"
complain 3 'cannot write' --out "$folder/file" "$check"
complain 3 'cannot write' --out "$folder/none/x.html" "$check"
if [ "$(id -u)" -ne 0 ]; then
	mkdir "$folder/closed"
	chmod a-w "$folder/closed"
	complain 3 'cannot write' --out "$folder/closed/x" "$check"
fi

# A result without figures has no charts, and takes none of the user's files.
mkdir -p "$folder/mine/charts"
echo mine >"$folder/mine/charts/mine"
expect 0 '' --out "$folder/mine" "$check"
[ -s "$folder/mine/charts/mine" ] || fail "a user's file in the folder of charts is gone"
expect 0 '' --out "$folder/none" "$check"
[ ! -e "$folder/none/charts" ] || fail "an empty folder of charts is left"

# Without gnuplot: tables and a notice, unless charts are required.
mkdir "$folder/empty"
search=$folder/empty
complain 0 'gnuplot was not found' --out "$out" "$bench"
complain 3 'gnuplot was not found' --require-charts --out "$out" "$bench"
complain 0 'gnuplot was not found' --ascii "$bench"
complain 3 'gnuplot was not found' --ascii --require-charts "$bench"
search=$PATH
(
	TMPDIR=$folder/absent
	export TMPDIR
	complain 3 'name another one in TMPDIR' --out "$out/page.html" "$bench"
	exit "$failed"
) || failed=1
grep -q 'gnuplot was not found' "$out/report.html" || fail 'no notice in the page'
grep -q '<details open="open">' "$out/report.html" || fail 'the tables are folded'
grep -q '<figure>' "$out/report.html" && fail 'a chart without gnuplot'
rm -rf "$out"

# A gnuplot that fails half way leaves an empty file: no chart is made of it.
cat >"$folder/empty/gnuplot" <<'END'
#!/bin/sh
: >round_trip_queue_2cpu.svg
exit 1
END
chmod +x "$folder/empty/gnuplot"
search=$folder/empty:$PATH
complain 0 'gnuplot could not draw' --out "$out" "$bench"
search=$PATH
[ -e "$out/charts/round_trip_queue_2cpu.svg" ] && fail 'an empty chart was kept'
rm -rf "$out"

# The stream of a run that was killed, its last line cut short.
tr -d '\n' <"$check" | sed 's/"cases": *\[.*\], *"cells"/"cases":[],"cells"/;
	s/"complete": true/"complete": false/' >"$folder/cut.json.jsonl"
cat >>"$folder/cut.json.jsonl" <<'END'

{"array":"cases","value":{"id":"A-01","backend":"pipe","level":"CORE","verdict":"P"}}
{"array":"cases","value":{"id":"A-02","backend":"pipe","level":"CORE","verdict":"F"}}
{"array":"cases","value":{"id":"A-03","back
END
expect 0 '' --out "$out" "$folder/cut.json.jsonl"
grep -q 'was not complete' "$out/report.html" || fail 'not said to be incomplete'
grep -q 'A-02' "$out/report.html" || fail 'a record of the stream is missing'
grep -q 'A-03' "$out/report.html" && fail 'a half record got into the report'
exit $failed
