#!/bin/sh
# SPDX-License-Identifier: MIT
# ipcmark gate from end to end, with sides whose bench is a script: it writes a
# result of three rows with noise, and is slower or calls more as it is told.
# gate_test.sh GATE SCHEMA FIXTURE_HOST FIXTURE_OTHER
set -u
gate=$1
schema=$2
fixture=$3
failed=0
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
command -v python3 >/dev/null || { echo 'there is no python3'; exit 77; }

fail() {
	echo "$*"
	sed 's/^/    /' "$folder/out" "$folder/err"
	failed=1
}

# The result of a bench with three rows; @NAME@ are figures to be put in.
python3 - "$fixture" "$folder/template" <<'END'
import json, sys
with open(sys.argv[1]) as file:
    document = json.load(file)
rows = [c for c in document["cells"] if c["axes"]["iface"] == "queue"
        and c["axes"]["backend"] in ("pipe", "shm_ring", "sysv_msg")
        and c["axes"]["scenario"] == "roundtrip"]
for row in rows:
    name = row["axes"]["backend"]
    metric = row["metrics"][row["headline"]]
    metric["summary"].update(n=1, ci_lo=None, ci_hi=None)
    for key in ("median", "min", "max"):
        metric["summary"][key] = f"@{name}@"
    metric["samples"] = []
    row["metrics"] = {row["headline"]: metric}
    row["counts"] = {"messages": 512, "why": None, "syscalls_per_message": {
        "send": {"write": "@calls@" if name == "pipe" else 1.0}}}
document["cells"] = rows
text = json.dumps(document).replace('"@', "@").replace('@"', "@")
open(sys.argv[2], "w").write(text + "\n")
document["cells"] = rows[:1]
open(sys.argv[2] + ".one", "w").write(
    json.dumps(document).replace('"@', "@").replace('@"', "@") + "\n")
document["cells"] = []
open(sys.argv[2] + ".none", "w").write(json.dumps(document) + "\n")
END

# side NAME SLOWER CALLS NOISE: a build folder; of shm_ring and pipe. sysv_msg
# gets faster as shm_ring gets slower.
side() {
	mkdir -p "$folder/$1"
	cat >"$folder/$1/ipcmark" <<END
#!/bin/sh
template=$folder/template
for argument in "\$@"; do
	case \$argument in
	--list) exit 0 ;;
	--report=json=*) out=\${argument#--report=json=} ;;
	--filter=*) echo "\${argument#--filter=}" >>"$folder/filters" ;;
	esac
	case \$argument in
	--filter=^none*) template=$folder/template.none ;;
	--filter=^one*) template=$folder/template.one ;;
	esac
done
read -r number <"$folder/$1/count"
echo \$((number + 1)) >"$folder/$1/count"
awk -v seed="\$number" -v slower=$2 -v calls=$3 -v noise=$4 '
	function value() { return 1000 * (1 + noise * rand()) }
	BEGIN { srand(seed) }
	{
		a = value(); b = value() * slower; c = value() / slower
		gsub(/@pipe@/, a); gsub(/@shm_ring@/, b); gsub(/@sysv_msg@/, c)
		gsub(/@calls@/, calls)
		print
	}' "\$template" >"\$out"
END
	echo ${#1}000 >"$folder/$1/count"
	echo "$1" >"$folder/$1/ipcmark-bench"
	chmod +x "$folder/$1/ipcmark" "$folder/$1/ipcmark-bench"
}

# expect CODE TEXT BASE HEAD OPTION...
expect() {
	code=$1
	text=$2
	base=$folder/$3
	head=$folder/$4
	shift 4
	rm -rf "$folder/o"
	"$gate" --base "$base" --head "$head" --out "$folder/o" --quiet \
		--seed 1 "$@" >"$folder/out" 2>"$folder/err"
	got=$?
	[ "$got" -eq "$code" ] ||
		fail "gate $base $head $*: exit $got instead of $code"
	grep -qF -- "$text" "$folder/out" "$folder/err" ||
		fail "gate $base $head $*: does not say: $text"
}

side same 1.0 1.0 0.02
side base 1.0 1.0 0.02
side slow 1.3 1.0 0.02
side call 1.0 2.0 0.02
side stray 1.0 1.00195 0.02
side batch 1.0 1.015625 0.02
side wild 1.0 1.0 3.0

expect 0 'no regression was found' base same
expect 1 'write (send) 1 -> 2' base call --parts counts
grep -q 'REGRESSED' "$folder/out" || fail 'a call more is not red'
expect 0 '1 fell' call base --parts counts
# one call more in a whole pass, three times by chance; and one in 64 messages
expect 0 '3 equal' base stray --parts counts
expect 1 'write (send) 1 -> 1.01562' base batch --parts counts
expect 4 'UNTRUSTED' wild wild --parts times --force --filter '^one'
# taken FILTER...: with these, and no others, bench of both sides was run
taken() {
	for one in "$@"; do echo "$one"; done | sort >"$folder/wanted"
	sort -u "$folder/filters" | diff "$folder/wanted" - >"$folder/err" ||
		fail "filters: $(cat "$folder/err")"
	: >"$folder/filters"
}
: >"$folder/filters"
expect 0 'no regression' base same --parts counts -f ^q -f ^p --filter -x
taken -^raw/ -x ^p ^q
# the choice of the gate stays where nothing else is chosen
expect 0 'no regression' base same --parts counts --filter=-x
grep -q '^^(queue|pipe)' "$folder/filters" || fail 'the choice of rows is lost'
expect 2 'not an extended regular' base same --filter '('
expect 0 'byte by byte' base base
# who asked for a file finds one, though nothing had to be measured
expect 0 'byte by byte' base base --report "md=$folder/s.md" --report "json=$folder/s.json" \
	--report "junit=$folder/s.xml" --report "html=$folder/s.html"
for file in s.md s.html; do
	grep -q 'byte by byte' "$folder/$file" || fail "the same code: $file"
done
grep -q '<h2>' "$folder/s.html" && fail 'the same code: a table of no rows'
grep -q 'tests="1" failures="0" errors="0" skipped="0"' "$folder/s.xml" ||
	fail "the same code: $(cat "$folder/s.xml")"
grep -q '"same_code": true' "$folder/s.json" || fail 'the same code: JSON'
python3 "$(dirname "$0")/junit_rules.py" "$folder/s.xml" ||
	fail 'JUnit of the same code: Jenkins or Surefire would refuse it'
expect 0 'no regression' base base --force --parts counts
expect 1 'timing only: all counts are equal' base slow --report "md=$folder/g.md" --report "json=$folder/g.json" \
	--report "junit=$folder/g.xml" --report "html=$folder/g.html"
grep -q 'shm_ring.*REGRESSED' "$folder/out" || fail 'the wrong row is red'
grep -q 'sysv_msg.*IMPROVED' "$folder/out" || fail 'a faster row is not shown so'
grep -q 'queue/pipe.*NO-REGRESSION' "$folder/out" || fail 'an equal row is not shown so'
grep -q '^### ipcmark gate: REGRESSED' "$folder/g.md" || fail 'Markdown'
python3 - "$folder/g.json" <<'END' || fail 'JSON'
import json, sys
d = json.load(open(sys.argv[1]))
row = [r for r in d["rows"] if "shm_ring" in r["id"]][0]
assert d["exit"] == 1 and row["verdict"] == "REGRESSED", d
assert 0.2 < row["time_change"] < 0.4 and len(row["confirm"]) == 25, row
END
grep -q 'tests="3" failures="1" errors="0" skipped="0"' "$folder/g.xml" ||
	fail "JUnit: $(cat "$folder/g.xml")"
python3 "$(dirname "$0")/junit_rules.py" "$folder/g.xml" ||
	fail 'JUnit: Jenkins or Surefire would refuse it'
if command -v xmllint >/dev/null; then
	xmllint --noout "$folder/g.xml" || fail 'JUnit is not well-formed'
fi
# of each row 11 blocks of four at least, and of the control
[ "$(grep -c '^[0-9]*,base,.*,[0-9.]*$' "$folder/o/readings.csv")" -ge 88 ] ||
	fail 'the readings are not kept'
[ "$(find "$folder/o" -name '*times*.json' | wc -l)" -eq 2 ] ||
	fail 'the first results are not kept'
grep -q '<circle class="REGRESSED"' "$folder/g.html" || fail 'HTML: the plot'
grep -q 'https\?:' "$folder/g.html" && fail 'HTML: it loads something'
if command -v xmllint >/dev/null; then
	xmllint --html --noout "$folder/g.html" 2>&1 | grep -v -e main -e svg -e rect \
		-e line -e circle -e text | grep -q error && fail 'HTML: not well-formed'
fi
if python3 -c 'import jsonschema' 2>/dev/null; then
	python3 - "$schema" "$folder/g.json" "$folder/s.json" <<'END' ||
import copy, json, sys
import jsonschema
schema = json.load(open(sys.argv[1]))
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema)
document = json.load(open(sys.argv[2]))
for error in [*validator.iter_errors(document),
              *validator.iter_errors(json.load(open(sys.argv[3])))]:
    sys.exit(str(error))
def rejected(change):
    other = copy.deepcopy(document)
    change(other)
    return not validator.is_valid(other)
assert rejected(lambda d: d.update(conclusion="fine"))
assert rejected(lambda d: d.pop("seed"))
assert rejected(lambda d: d["rows"][0].update(verdict=None))
assert rejected(lambda d: d["rows"][0]["counts"][0].update(change="x"))
assert rejected(lambda d: d["rows"][0].update(more=1))
END
		fail 'the schema'
fi

# a baseline: written, compared with, changed with a reason
accept() { # SIDE REASON
	"$gate" baseline accept --file "$folder/b.json" --head "$folder/$1" \
		--reason "$2" >"$folder/out" 2>"$folder/err" ||
		fail "baseline accept of $1: exit $?"
}
against() { # CODE TEXT SIDE
	rm -rf "$folder/o"
	"$gate" --baseline "$folder/b.json" --head "$folder/$3" --quiet \
		--out "$folder/o" >"$folder/out" 2>"$folder/err"
	[ $? -eq "$1" ] || fail "gate --baseline of $3: not exit $1"
	grep -qF -- "$2" "$folder/out" "$folder/err" ||
		fail "gate --baseline of $3: not: $2"
}
accept base 'the first'
against 0 'no regression' same
against 1 'write (send) 1 -> 2' call
accept call 'a second write is needed'
grep -qF 'write (send): 1 -> 2' "$folder/out" || fail 'accept: the change is not told'
grep -qF '"reason": "a second write is needed"' "$folder/b.json" ||
	fail 'accept: the reason is not kept'
against 0 'no regression' call
against 0 '1 fell' base
accept call 'again'
grep -qF 'not touched' "$folder/out" || fail 'accept: nothing had changed'
echo '{"schema": {"name": "x"}}' >"$folder/b.json"
against 2 'is no baseline' base
"$gate" baseline accept --file "$folder/c.json" --head "$folder/base" \
	>"$folder/out" 2>"$folder/err"
[ $? -eq 2 ] || fail 'accept without a reason'

# revisions: a repository whose build makes the two programs of a side
if command -v git >/dev/null && command -v cmake >/dev/null; then
	mkdir "$folder/repository"
	# of the test, not of whoever runs it
	unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
	repository() {
		git -C "$folder/repository" -c user.name=t -c user.email=t@t \
			"$@" >/dev/null 2>&1
	}
	commit() { # FILES-OF-SIDE
		cat >"$folder/repository/CMakeLists.txt" <<END
cmake_minimum_required(VERSION 3.16)
project(side LANGUAGES NONE)
foreach(name ipcmark ipcmark-bench)
  configure_file($folder/$1/\${name} \${name} COPYONLY)
endforeach()
add_custom_target(ipcmark-bench)
add_custom_target(ipcmark-command)
END
		repository add . && repository commit -m "$1"
	}
	repository init
	commit base
	commit call
	cd "$folder/repository" || exit 1
	rm -rf "$folder/o"
	GIT_DIR=/nowhere "$gate" --base HEAD~1 --head HEAD --out "$folder/o" --quiet \
		--parts counts >"$folder/out" 2>"$folder/err"
	[ $? -eq 1 ] || fail 'revisions'
	grep -qF 'write (send) 1 -> 2' "$folder/out" || fail 'revisions: the counts'
	[ -z "$(git status --porcelain)" ] || fail 'the working tree was touched'
	echo 'message(FATAL_ERROR "no way")' >CMakeLists.txt
	repository commit -am broken
	rm -rf "$folder/o"
	"$gate" --base HEAD --head "$folder/base" --out "$folder/o" --quiet \
		>"$folder/out" 2>"$folder/err"
	[ $? -eq 3 ] || fail 'a base that does not build'
	grep -q 'no way' "$folder/err" || fail 'the reason is not told'
	cd / || exit 1
fi

# mistakes
expect 2 'no folder, no .so and no revision' none base
expect 2 'cannot read' none.so base
mkdir "$folder/empty"
expect 2 'there is no ipcmark' empty base
side dead 1 1 0
printf '#!/bin/sh\necho broken; exit 3\n' >"$folder/dead/ipcmark"
expect 3 'ended with 3' base dead
expect 4 'NOT JUDGED' base slow --parts times --filter '^none$'
expect 2 'counts or times' base slow --parts memory
"$gate" --base "$folder/base" >"$folder/out" 2>"$folder/err"
[ $? -eq 2 ] || fail 'without --head'
mkdir -p "$folder/o"
"$gate" --base "$folder/base" --head "$folder/slow" --out "$folder/o" \
	>"$folder/out" 2>"$folder/err"
[ $? -eq 2 ] || fail 'an old folder was used'
exit "$failed"
