#!/bin/sh
# SPDX-License-Identifier: MIT
# CPython's own tests over the library: sums by way, and each class.
# reference_test.sh REPORT FIXTURE
set -u
report=$1
fixture=$2
# shellcheck source=SCRIPTDIR/support.sh
. "$(dirname "$0")/support.sh"

"$report" --out "$folder/a" "$fixture" >/dev/null || fail "exit $?"
page=$folder/a/report.html
check_page "$page"

# table ID: its lines
table() {
	sed -n "/id=\"t_$1\"/,/<\/table>/p" "$page"
}
equal 'ways' "$(table python_tests_sums | grep -c '^<tr id=')" 2
table python_tests_sums | grep '>objects<' |
	grep -q '>10<small>3.*bad.*>9<small>1.*failed, 3.*>10<small>' ||
	fail 'no sum with a failure'
table python_tests_sums | grep '>modules<' | grep -q '>6</td>' ||
	fail 'no sum without a failure'
equal 'classes' "$(table python_tests | grep -c '^<tr id=')" 4
table python_tests | grep '_TestLock' | grep -q '>2</td>' || fail 'no class'
exit $failed
