#!/bin/sh
# SPDX-License-Identifier: MIT
# The scripts mean the tree that they lie in, whatever CDPATH, git's variables
# and blanks in its path say; and no commit of another repository gets into a
# build.
# scripts.sh CMAKE SOURCE_FOLDER
set -u
cmake=$1
source=$2
failed=0
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
command -v git >/dev/null || { echo 'there is no git'; exit 77; }

fail() {
	echo "$*"
	sed 's/^/    /' "$folder/log"
	failed=1
}

commit() { # FOLDER: a repository with one commit, whose id it prints
	git init -q "$1" &&
		git -C "$1" -c user.name=x -c user.email=x@example.org \
			commit -q --allow-empty -m "$1" &&
		git -C "$1" rev-parse HEAD
}

# What CDPATH would find, and what git's variables would name.
commit "$folder/other" >"$folder/other.id"
mkdir -p "$folder/other/scripts" "$folder/parent"
tree="$folder/parent/a b"
commit "$tree" >"$folder/tree.id"
cp -r "$source/scripts" "$source/impls" "$tree"
cd "$tree" || exit 1

# layers CODE TEXT VARIABLE=VALUE...
layers() {
	code=$1
	text=$2
	shift 2
	got=0
	env "$@" sh scripts/check-layers >"$folder/log" 2>&1 || got=$?
	[ "$got" -eq "$code" ] ||
		fail "check-layers with $*: exit $got instead of $code"
	[ -z "$text" ] || grep -qF -- "$text" "$folder/log" ||
		fail "check-layers with $*: does not say: $text"
}
layers 0 '' CDPATH=.
echo '#include "bench/run/runner.h"' >impls/core/up.c
for variable in x=y "CDPATH=." "CDPATH=$folder/other" \
	"GIT_DIR=$folder/other/.git" "GIT_INDEX_FILE=$folder/none"; do
	layers 1 'impls/core may not include bench/run/runner.h' "$variable"
done
rm -rf .git
layers 2 'no include was found' x=y

# scripts/run, up to a build that fails
mkdir "$folder/bin"
printf '#!/bin/sh\npwd\nexit 1\n' >"$folder/bin/cmake"
chmod +x "$folder/bin/cmake"
for cdpath in . "$folder/other"; do
	got=0
	CDPATH=$cdpath PATH=$folder/bin:$PATH sh scripts/run --no-setup \
		>"$folder/log" 2>&1 || got=$?
	[ "$got" -eq 3 ] || fail "run with CDPATH=$cdpath: exit $got instead of 3"
	[ "$(cat results/build.log)" = "$tree" ] ||
		fail "run with CDPATH=$cdpath builds in $(cat results/build.log)"
	rm -rf results
	[ "$(ls "$folder/parent")" = 'a b' ] ||
		fail "run made folders: $(ls -b "$folder/parent")"
done

# a path that a shell would change
got=0
PATH=$folder/bin:$PATH sh scripts/run --no-setup --out 'o
' >"$folder/log" 2>&1 || got=$?
[ "$got" -eq 2 ] || fail "run --out with a line break: exit $got instead of 2"
[ "$(wc -l <"$folder/log")" -eq 1 ] || fail 'run: more than one line'
[ "$(ls)" = "$(printf '%s\n' impls scripts)" ] || fail "run made: $(ls -b)"

# and to its end, with programs that only answer
printf '#!/bin/sh\nexit 0\n' >"$folder/bin/cmake"
mkdir build
cat >build/ipcmark <<'END'
#!/bin/sh
case " $* " in
*' --dry-run '*) echo '5 cells, 5 repetitions, samples of 20 ms: about 300 s (seed 1)' ;;
' check '*) printf 'the matrix\nAll hold.\n' ; echo 'warning: one' >&2 ;;
' bench '*) printf 'the table\nThe first leads.\n' ; echo 'warning: two' >&2 ;;
esac
END
chmod +x build/ipcmark
PATH=$folder/bin:$PATH sh scripts/run --no-setup --out 'o o' \
	>"$folder/log" 2>"$folder/err" || fail "run: exit $?"
printf 'All hold.\nThe first leads.\n\nThe report: o o/report/report.html\n' |
	cmp -s - "$folder/log" || fail 'run: other answers'
for line in 'Step 1 of 4, about ' 'Step 2 of 4, about 7 min left: conf' \
	'Step 3 of 4, about 5 min left: bench' 'Step 4 of 4, about 10 s left: ' \
	'warning: one' 'warning: two'; do
	grep -q "$line" "$folder/err" || fail "run does not say: $line"
done
for file in check bench; do
	[ "$(wc -l <"o o/$file.txt")" -eq 2 ] ||
		fail "run does not keep what $file printed"
done

# scripts/goals: its exit codes are those of its own, whatever the step says
goals() { # CODE TEXT ARGUMENTS...
	code=$1
	text=$2
	shift 2
	got=0
	PATH=$folder/bin:$PATH sh scripts/goals "$@" >"$folder/log" 2>&1 ||
		got=$?
	[ "$got" -eq "$code" ] || fail "goals $*: exit $got instead of $code"
	[ -z "$text" ] || grep -qF -- "$text" "$folder/log" ||
		fail "goals $*: does not say: $text"
}
for pair in 0:0 1:1 2:2 3:3 4:3 77:3 130:130; do
	printf '#!/bin/sh\necho "$@"\nexit %s\n' "${pair%:*}" >build/ipcmark
	goals "${pair#*:}" 'bench --goals=^a$ --repeat 3 --report json=r.json' \
		--no-setup --filter '^a$' --repeat 3 --report r.json
done
goals 2 'there is no option --size' --size 64
goals 2 '--filter needs a value' --filter
goals 0 'Exit: 0 every goal is reached; 1 one is short; 2 bad usage' --help
printf '#!/bin/sh\necho broken\nexit 1\n' >"$folder/bin/cmake"
goals 3 'the build failed' --no-setup
printf '#!/bin/sh\nexit 0\n' >"$folder/bin/cmake"

# the commit of a build
for variable in x=y "GIT_DIR=$folder/other/.git" \
	"GIT_WORK_TREE=$folder/other"; do
	commit "$folder/tree" >"$folder/tree.id"
	env "$variable" "$cmake" -DGIT="$(command -v git)" \
		"-DSOURCE=$folder/tree" "-DOUTPUT=$folder/git_info.h" \
		-P "$source/reports/hostinfo/GitInfo.cmake" >"$folder/log" 2>&1
	grep -q "COMMIT \"$(cat "$folder/tree.id")\"" "$folder/git_info.h" ||
		fail "with $variable: $(grep COMMIT "$folder/git_info.h")"
done
exit "$failed"
