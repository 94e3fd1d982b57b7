#!/bin/sh
# SPDX-License-Identifier: MIT
# The real chain: check, bench, report, each as short as it can be, and what
# the first two write agrees with the schema. Looks at no time.
# chain_test.sh PROGRAM_FOLDER SCHEMA
set -u
programs=$1
schema=$2
failed=0
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1

fail() {
	echo "$*"
	failed=1
}

"$programs/ipcmark-check" --filter '^Q-NEW-03$' --progress none --quiet \
	--report json=check.json >log 2>&1 || fail "check: exit $?: $(cat log)"
"$programs/ipcmark-bench" --filter '/(oneway|roundtrip)/size=64/placement=1cpu$' \
	--iface queue,raw --repeat 2 --budget 1 --timeout 5m --progress none --quiet \
	--report json=bench.json >log 2>&1 || fail "bench: exit $?: $(cat log)"
"$programs/ipcmark-report" --out report check.json bench.json >log 2>&1 ||
	fail "report: exit $?: $(cat log)"
grep -q 'One-way throughput, 64.B over a queue, one CPU' report/report.html ||
	fail 'the page has no summary'
grep -q 'Q-NEW-03' report/report.html || fail 'the page has no clause'
grep -q "$folder" check.json bench.json report/report.html &&
	fail 'a path of this machine got into a file'
if python3 -c 'import jsonschema' 2>/dev/null; then
	python3 - "$schema" check.json bench.json <<'END' || fail 'not as the schema says'
import json
import sys

import jsonschema

validator = jsonschema.Draft7Validator(json.load(open(sys.argv[1])))
bad = False
for path in sys.argv[2:]:
    for error in list(validator.iter_errors(json.load(open(path))))[:5]:
        print(path, "/".join(map(str, error.path)), error.message[:200])
        bad = True
sys.exit(bad)
END
fi
exit $failed
