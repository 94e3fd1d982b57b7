#!/bin/sh
# SPDX-License-Identifier: MIT
# What ipcmark gate says to sides, files and hosts that are not as they should
# be: one sentence, the documented exit code, and what was measured is kept.
# gate_mistakes_test.sh GATE FIXTURE_HOST
set -u
gate=$1
fixture=$2
here=$(cd "$(dirname "$0")" && pwd)
failed=0
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
command -v python3 >/dev/null || { echo 'there is no python3'; exit 77; }
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
cd "$folder" || exit 1
out=$folder/o

fail() {
	echo "$*"
	sed 's/^/    /' "$folder/out" "$folder/err"
	failed=1
}

# side NAME CALLS [WITHOUT]
side() {
	python3 "$here/gate_side.py" "$fixture" "$folder/$1" 1.0 "$2" "${3-}" ||
		exit 1
}

# said CODE TEXT OPTION...
said() {
	code=$1
	text=$2
	shift 2
	rm -rf "$out"
	"$gate" --out "$out" --quiet --seed 1 "$@" >"$folder/out" \
		2>"$folder/err"
	got=$?
	[ "$got" -eq "$code" ] || fail "$*: exit $got instead of $code"
	grep -qF -- "$text" "$folder/out" "$folder/err" ||
		fail "$*: does not say: $text"
}

# kept NAME N: so many results of that name are in the folder
kept() {
	[ "$(find "$out" -name "*-$1.json" | wc -l)" -eq "$2" ] ||
		fail "kept: not $2 results of $1"
}

side base 1
side call 2
side pipe 1 shm_ring
side ring 1 pipe
# changed NAME [SED]: results of base with something else in them
changed() {
	cp -r base "$1"
	echo "$1" >"$1/ipcmark-bench"
	sed -i "${2-}" "$1"/[0-9]*.json
}

# ---- results ----

changed later 's/"version": "[0-9.]*"/"version": "9.0"/'
said 3 'version 9.0 of the result format' --base base --head later
kept counts-base 1
kept counts-head 1
# neither side has a row of the other one
changed left 's,queue/,left/,g'
said 4 'no row has figures on both sides' --base base --head left
grep -q 'NOT-COMPARED: base has no' "$folder/out" || fail 'a row of head alone'
grep -q 'NOT-COMPARED: head has no' "$folder/out" || fail 'a row of base alone'
kept counts-base 3
kept counts-head 3
said 0 'NOT-COMPARED: head has no' --base pipe --head ring --parts counts
changed empty
python3 - <<'END'
import glob, json
for path in glob.glob("empty/[0-9]*.json"):
    document = json.load(open(path))
    document["cells"] = []
    json.dump(document, open(path, "w"))
END
said 4 'no row was measured' --base empty --head empty --force --parts counts

# ---- the host ----

changed host
for i in 1 2; do
	sed -i 's/"fs.mqueue.msg_max": 10/"fs.mqueue.msg_max": 20/
		s/"fingerprint": "a*"/"fingerprint": "b"/' "host/$i.json"
done
echo 0 >host/count
said 4 'the host changed during the run: fs.mqueue.msg_max was 10, is 20' \
	--base base --head host --parts counts
kept counts-head 3
changed built
sed -i 's/"fingerprint": "a*"/"fingerprint": "b"/' built/1.json
echo 0 >built/count
said 4 'the build of head changed during the run' --base base --head built \
	--parts counts
# nothing is green because nothing could be counted
changed mute
python3 - <<'END'
import glob, json
refused = {"unit": "1", "better": "lower", "kind": "count", "summary": {
    "n": 0, "median": None, "min": None, "max": None, "ci_lo": None,
    "ci_hi": None, "ci_level": 0, "why": {"median": "ptrace was refused"}}}
for path in glob.glob("base/*.json"):
    document = json.load(open(path))
    for cell in document["cells"]:
        cell["counts"] = None
        cell["metrics"]["syscalls_per_message"] = refused
    json.dump(document, open(path.replace("base/", "mute/"), "w"))
END
said 4 'system calls were not counted: ptrace was refused' --base mute \
	--head mute --force --parts counts
# what one side could not count is not 0 there
said 4 'system calls were not counted' --base mute --head base --parts counts
grep -q REGRESSED "$folder/out" && fail 'not counted is not 0'

# ---- files ----

said 3 'cannot write /nonexistent/x' --base base --head call \
	--report md=/nonexistent/x --parts counts
[ -e "$out" ] && fail 'what cannot be written is known before the run'
# the answer is told although it cannot be written, and the others are
said 3 'REGRESSED by counts' --base base --head call --parts counts \
	--report md=/dev/full --report "json=$folder/r.json"
grep -q '"conclusion": "REGRESSED"' r.json || fail 'the other report'
"$gate" --base base --head call --out base/0.json/o >out 2>err
[ $? -eq 3 ] || fail 'a folder that cannot be made'
grep -q -- '--out' err || fail 'a folder that cannot be made: the way out'
# a bench that fills the disk
changed full
cat >full/ipcmark <<'END'
#!/bin/sh
echo 'cannot write: No space left on device' >&2
exit 3
END
said 3 'No space left' --base base --head full
kept counts-base 1
said 2 'is no folder, no .so and no revision' --base nonesuch --head call
[ -e "$out" ] && fail 'a wrong name leaves a folder'

# ---- revisions ----

if command -v git >/dev/null && command -v cmake >/dev/null; then
	mkdir -p repository/sub
	cat >repository/CMakeLists.txt <<END
cmake_minimum_required(VERSION 3.16)
project(side LANGUAGES NONE)
configure_file($folder/base/ipcmark ipcmark COPYONLY)
configure_file($folder/base/ipcmark-bench ipcmark-bench COPYONLY)
file(COPY $folder/base/ DESTINATION \${CMAKE_BINARY_DIR})
add_custom_target(ipcmark-bench)
add_custom_target(ipcmark-command)
END
	touch repository/sub/file
	git_as() {
		git -C repository -c user.name=t -c user.email=t@t "$@" \
			>/dev/null 2>&1
	}
	git_as init && git_as add . && git_as commit -m one &&
		git_as commit --allow-empty -m two
	cd repository/sub || exit 1
	said 1 'write (send) 1 -> 2' --base HEAD~1 --head "$folder/call" \
		--parts counts
	cd "$folder" || exit 1
	git clone -q --depth 1 "file://$folder/repository" shallow 2>/dev/null
	cd shallow || exit 1
	said 2 'shallow clone; git fetch --unshallow' --base HEAD~1 \
		--head "$folder/call"
	chmod a-w . && said 1 'write (send) 1 -> 2' --base HEAD \
		--head "$folder/call" --parts counts
	chmod u+w .
	said 2 'no revision' --base=-x --head "$folder/call"
	cd "$folder" || exit 1
	said 2 'not a git repository' --base HEAD --head call
fi

# ---- an interrupt ----

changed slow
cat >slow/ipcmark <<END
#!/bin/sh
trap 'echo told >>$folder/told; exit 130' INT TERM
echo begun >>$folder/begun
sleep 30 &
wait
END
: >begun
for signal in INT TERM; do
	rm -rf "$out" told
	: >begun
	# a job of sh ignores SIGINT: python starts it with the default
	python3 - "$gate" --base base --head slow --out "$out" --quiet \
		>out 2>err <<'END' &
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])
END
	pid=$!
	while [ ! -s begun ] && kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
	kill -s "$signal" "$pid"
	wait "$pid"
	[ $? -eq 130 ] || fail "SIG$signal: the exit code"
	[ "$(cat told)" = told ] || fail "SIG$signal: bench was not told once"
	grep -q 'interrupted after' err || fail "SIG$signal: not said"
	[ "$(wc -l <err)" -eq 1 ] || fail "SIG$signal: not one sentence"
	kept counts-base 1
done
exit "$failed"
