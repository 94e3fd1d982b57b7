#!/bin/sh
# SPDX-License-Identifier: MIT
# Exports: other programs can read them, and they agree with the files.
# What needs xmllint, jq or python3 is left out where it is missing.
# export_test.sh REPORT CHECK_FIXTURE BENCH_FIXTURE SWEEPS_FIXTURE OTHER_HOST
set -u
report=$1
check=$2
bench=$3
sweeps=$4
other=$5
# shellcheck source=SCRIPTDIR/support.sh
. "$(dirname "$0")/support.sh"

# refuse CODE TEXT ARGUMENT...
refuse() {
	code=$1
	text=$2
	shift 2
	"$report" export "$@" >"$folder/log" 2>"$folder/err"
	equal "exit of $*" "$?" "$code"
	grep -qF -- "$text" "$folder/err" || fail "$*: does not say: $text"
	[ -s "$folder/log" ] && fail "$*: printed something"
}

for layout in gbench csv junit md; do
	"$report" export --to $layout "$check" "$bench" >"$folder/$layout" ||
		fail "$layout: exit $?"
	"$report" export --to $layout --out "$folder/file" "$check" "$bench" \
		>/dev/null || fail "$layout: exit $? into a file"
	cmp "$folder/$layout" "$folder/file" || fail "$layout: the file differs"
done
"$report" export --to gbench "$sweeps" >"$folder/sweeps.gbench"
"$report" export --to csv "$sweeps" >"$folder/sweeps.csv"

# Tidy CSV: as many columns everywhere, new axes are columns of their own.
head -n 1 "$folder/sweeps.csv" | grep -q 'state,load_percent,gap_ns,.*x_baseline' ||
	fail 'csv: no columns for the axes of the sweeps'
grep -q '^queue/pipe/open_loop/size=64/placement=1cpu/load=50,.*,ok,latency_ns,ns,0,.*,50,' \
	"$folder/sweeps.csv" || fail 'csv: no sample of a load'
grep -q ',invalid,,.*,2 of 4096 messages were lost <first: 17>$' \
	"$folder/sweeps.csv" || fail 'csv: no line for an invalid row'

if command -v xmllint >/dev/null; then
	xmllint --noout "$folder/junit" || fail 'junit: not well-formed'
	count() {
		xmllint --xpath "count($1)" "$folder/junit"
	}
	equal 'junit: failures' "$(count //failure)" \
		"$(xmllint --xpath 'string(/testsuites/@failures)' "$folder/junit")"
	equal 'junit: errors' "$(count //error)" \
		"$(xmllint --xpath 'string(/testsuites/@errors)' "$folder/junit")"
	equal 'junit: skipped' "$(count //skipped)" \
		"$(xmllint --xpath 'sum(/testsuites/testsuite/@skipped)' "$folder/junit")"
	equal 'junit: targets' "$(count '//testsuite[@name="performance_targets"]/testcase')" 3
	equal 'junit: missed targets' \
		"$(count '//testsuite[@name="performance_targets"]/testcase/failure')" 1
	equal 'junit: targets not judged' \
		"$(count '//testsuite[@name="performance_targets"]/testcase/skipped')" 1
fi

if command -v jq >/dev/null; then
	equal 'gbench: entries without what compare.py reads' \
		"$(jq '[.benchmarks[] | select((.name and .run_type and .time_unit
		and .real_time and .cpu_time and .repetitions) | not)] | length' \
		"$folder/sweeps.gbench")" 0
	equal 'gbench: nanoseconds of a rate of 1.2 M/s' \
		"$(jq '.benchmarks[] | select(.name ==
		"queue/pipe/oneway/size=64/placement=1cpu_median") |
		.real_time | round' "$folder/sweeps.gbench")" 833
	equal 'gbench: an invalid row among the benchmarks' \
		"$(jq '[.benchmarks[] | select(.name | test("posix_mq/mpmc.*=8/consumers=8"))] |
		length' "$folder/sweeps.gbench")" 0
	equal 'gbench: the invalid row in the context' \
		"$(jq -r '.context.ipcmark_rows_without_time[] |
		select(.status == "invalid") | .name' "$folder/sweeps.gbench")" \
		'queue/posix_mq/mpmc/size=64/placement=1cpu/producers=8/consumers=8'
	equal 'gbench: host names' "$(jq '.context | has("host_name")' \
		"$folder/gbench")" false
fi

# The steps of compare.py on two files, and the CSV as a program reads it.
if command -v python3 >/dev/null; then
	python3 "$(dirname "$0")/junit_rules.py" "$folder/junit" ||
		fail 'junit: Jenkins or Surefire would refuse it'
	python3 - "$folder/sweeps.gbench" "$folder/sweeps.csv" "$sweeps" \
		<<'END' || fail 'python3 disagrees'
import csv
import json
import sys

with open(sys.argv[1]) as file:
    runs = json.load(file)["benchmarks"]
names = []
for run in runs:
    if run["name"] not in names:
        names.append(run["name"])
for name in names:
    own = [x for x in runs if x["name"] == name]
    unit = next(x["time_unit"] for x in own)
    assert all(x["time_unit"] == unit for x in own), name
    for a, b in zip(own, own):
        assert abs(b["real_time"] - a["real_time"]) / abs(a["real_time"]) == 0
        assert (b["cpu_time"] - a["cpu_time"]) / abs(a["cpu_time"]) == 0
    if own[0]["run_type"] == "iteration":
        indices = [x["repetition_index"] for x in own]
        assert indices == list(range(own[0]["repetitions"])), name

with open(sys.argv[2], newline="") as file:
    rows = list(csv.DictReader(file))
assert all(None not in row and None not in row.values() for row in rows)
with open(sys.argv[3]) as file:
    cells = json.load(file)["cells"]
for cell in cells:
    for name, metric in cell["metrics"].items():
        lines = [row for row in rows
                 if row["id"] == cell["id"] and row["metric"] == name]
        if metric["summary"]["median"] is None:
            assert [row["value"] for row in lines] == [""], cell["id"]
            assert lines[0]["reason"], cell["id"]
            continue
        got = [float(row["value"]) for row in lines]
        if "samples" in metric:
            assert got == [s["value"] for s in metric["samples"]], cell["id"]
        else:
            assert set(got) <= {metric["summary"]["median"]}, cell["id"]
END
fi

refuse 2 '--to is needed' "$bench"
refuse 2 'gbench, csv, junit, tap, text, tables or md, not "pdf"' --to pdf "$bench"
refuse 2 'no result file was named' --to csv
refuse 2 'cannot read' --to csv "$folder/absent.json"
refuse 2 'come from 2 machines' --to gbench "$bench" "$other"
refuse 3 'cannot write' --to csv --out "$folder/none/x" "$bench"
exit $failed
