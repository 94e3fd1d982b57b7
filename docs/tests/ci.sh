#!/bin/sh
# SPDX-License-Identifier: MIT
# The steps of the GitHub action and of the GitLab job, run as they stand, with
# a command `ipcmark` that ends as it is told.
# ci.sh SOURCE
set -u
source=$1
failed=0
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# The lines of the block after "run: |" or "- |", without their indentation.
script_of() {
	awk '
		inside && !/^ *$/ {
			match($0, /^ */)
			if (!indent) indent = RLENGTH
			if (RLENGTH < indent) exit
		}
		inside { print substr($0, indent + 1) }
		/(run:|-) \|$/ { inside = 1 }' "$1"
}

cat >"$folder/ipcmark" <<'END'
#!/bin/sh
echo "$*" >called
[ "$ANSWER" -eq 2 ] && exit 2
echo "### ipcmark gate: answer $ANSWER" >gate.md
exit "$ANSWER"
END
chmod +x "$folder/ipcmark"

# run SCRIPT ANSWER EXIT
run() {
	(
		cd "$folder" || exit 9
		rm -f gate.md summary called
		: >summary
		ANSWER=$2 PATH=$folder:$PATH IPCMARK=ipcmark BASE=old.so \
			HEAD='new folder' PARTS=counts OPTIONS='--margin 3%' \
			GITHUB_STEP_SUMMARY=summary \
			CI_MERGE_REQUEST_TARGET_BRANCH_NAME=main \
			sh -e "$folder/$1" >log 2>&1
	)
	got=$?
	[ "$got" -eq "$3" ] || {
		echo "$1: answer $2 gives exit $got instead of $3"
		cat "$folder/log"
		failed=1
	}
}

script_of "$source/.github/actions/gate/action.yml" >"$folder/action"
script_of "$source/docs/ci/gitlab.yml" >"$folder/gitlab"
for script in action gitlab; do
	[ "$(wc -l <"$folder/$script")" -gt 5 ] || {
		echo "$script: no steps were found"
		failed=1
	}
	sh -n "$folder/$script" || failed=1
	run "$script" 1 1
	run "$script" 2 2
	run "$script" 3 3
	run "$script" 4 0
	run "$script" 0 0
done
run action 0 0
grep -q 'answer 0' "$folder/summary" || { echo 'no job summary'; failed=1; }
grep -q -e '--base old.so --head new folder --parts counts .*--margin 3%' \
	"$folder/called" || { cat "$folder/called"; failed=1; }

# the options that the files use exist
grep -oh -e ' --[a-z-]*' "$source/docs/ci/gitlab.yml" "$folder/action" |
	sort -u >"$folder/options"
while read -r option; do
	grep -q "Fl -${option#--}" "$source/docs/ipcmark.1" ||
		{ echo "there is no $option"; failed=1; }
done <"$folder/options"
exit "$failed"
