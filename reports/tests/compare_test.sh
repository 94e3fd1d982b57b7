#!/bin/sh
# SPDX-License-Identifier: MIT
# ipcmark compare: the right verdicts, in all formats, and its exit codes.
# compare_test.sh REPORT BENCH_FIXTURE HOST_FIXTURES... CHECK_FIXTURE
set -u
report=$1
bench=$2
host=$3
other_host=$4
check=$5
failed=0
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

fail() {
	echo "$*"
	sed 's/^/    /' "$folder/err"
	failed=1
}

# expect CODE ARGUMENT...
expect() {
	code=$1
	shift
	"$report" compare "$@" >"$folder/out" 2>"$folder/err"
	got=$?
	[ "$got" -eq "$code" ] || fail "compare $*: exit $got instead of $code"
}

# says FILE TEXT
says() {
	grep -qF -- "$2" "$folder/$1" || fail "$1 does not say: $2"
}

# Every value of messages_per_s 1.5 times lower, of all samples and summaries.
command -v python3 >/dev/null || { echo 'there is no python3'; exit 77; }
python3 - "$bench" "$folder" <<'END'
import copy, json, sys
source, folder = sys.argv[1:]
with open(source, encoding="utf-8") as file:
    document = json.load(file)

def write(name, change):
    other = copy.deepcopy(document)
    change(other)
    with open(f"{folder}/{name}", "w", encoding="utf-8") as file:
        json.dump(other, file)

def scale(factor, spread=1.0):
    def change(other):
        for cell in other["cells"]:
            metric = cell["metrics"].get(cell.get("headline") or "")
            if cell["status"] != "ok" or not metric:
                continue
            up = metric["better"] == "lower"
            for i, sample in enumerate(metric.get("samples") or []):
                by = factor * spread ** i
                sample["value"] *= by if up else 1 / by
            for key in ("median", "min", "max", "ci_lo", "ci_hi"):
                if metric["summary"].get(key) is not None:
                    metric["summary"][key] *= factor if up else 1 / factor
    return change

def absent(other):
    del other["cells"][0]

def foreign(other):
    for cell in other["cells"]:
        cell["id"] += "/renamed"

write("slower.json", scale(1.5))
write("faster.json", scale(1 / 1.5))
write("spread.json", scale(1.02, 1.01))
write("absent.json", absent)
write("foreign.json", foreign)
END

# against an independent reader
for other in slower faster spread absent; do
	expect 0 -q --report "json=$folder/c.json" "$bench" "$folder/$other.json"
	python3 "$(dirname "$0")/compare_check.py" "$bench" \
		"$folder/$other.json" "$folder/c.json" 0.05 \
		"$(dirname "$0")/../compare/schema.json" ||
		fail "$other: the comparison is wrong"
done

expect 0 "$bench" "$folder/slower.json"
says out '  slower'
says out ' 0 faster'
expect 0 --all "$bench" "$bench"
says out '0 slower, 0 faster'
expect 0 "$bench" "$folder/faster.json" "$folder/slower.json"
says out '  faster'
says out 'time of C over that of A'
expect 0 --margin '60 %' "$bench" "$folder/slower.json"
says out '0 slower'
expect 0 --report md=- --report "csv=$folder/c.csv" "$bench" "$folder/slower.json"
says out '| slower |'
says c.csv ',slower,'

# the answer for those who insist
expect 1 --fail-over 10% "$bench" "$folder/slower.json"
says err 'slower by more than 10 %'
says err 'stored times'
expect 0 --fail-over 10% "$bench" "$folder/faster.json"
expect 4 "$bench" "$folder/foreign.json"
says err 'no row with figures in common'
expect 4 --fail-over 10% "$check" "$check"

# mistakes: one sentence
expect 2 "$host" "$other_host"
says err '--force'
expect 0 --force "$host" "$other_host"
says out 'The environments differ'
says out 'cpu.model_name: A='
expect 2 "$bench"
says err 'two result files or more'
expect 2 "$bench" "$folder/none.json"
expect 2 --margin lots "$bench" "$bench"
says err 'wants per cent'
expect 3 --report "md=$folder/none/x.md" "$bench" "$bench"
"$report" compare "$bench" "$bench" >/dev/full 2>"$folder/err"
[ $? -eq 3 ] || fail 'a full standard output is not exit 3'
exit "$failed"
