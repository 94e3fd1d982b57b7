#!/bin/sh
# SPDX-License-Identifier: MIT
# All outputs of a gate run have one verdict for each row, and name the counts
# that moved (gate_agree.py reads them).
# gate_agree_test.sh GATE FIXTURE_HOST
set -u
gate=$1
fixture=$2
here=$(dirname "$0")
failed=0
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
command -v python3 >/dev/null || { echo 'there is no python3'; exit 77; }

side() { # NAME SLOWER CALLS [WITHOUT [NOISE]]
	name=$1
	shift
	python3 "$here/gate_side.py" "$fixture" "$folder/$name" "$@" || exit 1
}

# agree CODE BASE HEAD PARTS ROW=VERDICT...: rows by back-end
agree() {
	code=$1
	base=$2
	head=$3
	parts=$4
	shift 4
	rm -rf "$folder/o"
	"$gate" --base "$folder/$base" --head "$folder/$head" --parts "$parts" \
		--out "$folder/o" --quiet --seed 1 --force \
		--report "md=$folder/r.md" --report "json=$folder/r.json" \
		--report "junit=$folder/r.xml" --report "html=$folder/r.html" \
		>"$folder/r.txt" 2>"$folder/err"
	got=$?
	[ "$got" -eq "$code" ] || {
		echo "$base $head: exit $got instead of $code"
		cat "$folder/r.txt" "$folder/err"
		failed=1
	}
	python3 "$here/gate_agree.py" "$folder/r" "$@" || {
		echo "$base $head $parts: the outputs do not agree"
		failed=1
	}
}

side base 1.0 1
side same 1.0 1
side call 1.0 2
side both 1.3 2
side less 1.0 1 sysv_msg
side wild 1.0 2 '' 30
side more 1.0 3 '' 30

agree 0 base same counts,times pipe=NO-REGRESSION shm_ring=NO-REGRESSION
# a count rose and the time is as before
agree 1 base call counts,times pipe=REGRESSED shm_ring=NO-REGRESSION
agree 1 base call counts pipe=REGRESSED shm_ring=NO-REGRESSION
agree 0 call base counts pipe=IMPROVED
agree 0 call base counts,times pipe=IMPROVED
agree 1 base both counts,times pipe=REGRESSED shm_ring=REGRESSED \
	sysv_msg=IMPROVED
agree 1 base both times pipe=NO-REGRESSION shm_ring=REGRESSED
# one side has no such row: neither red nor passed
agree 0 base less counts,times sysv_msg=NOT-COMPARED pipe=NO-REGRESSION
agree 0 less base counts,times sysv_msg=NOT-COMPARED
agree 0 less base counts sysv_msg=NOT-COMPARED pipe=NO-REGRESSION
# times are no evidence, counts are
agree 4 wild wild counts,times pipe=UNTRUSTED shm_ring=UNTRUSTED
agree 1 wild more counts,times pipe=REGRESSED shm_ring=UNTRUSTED
exit "$failed"
