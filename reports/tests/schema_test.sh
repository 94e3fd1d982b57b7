#!/bin/sh
# SPDX-License-Identifier: MIT
# Result files agree with the schema, and the schema rejects damaged ones.
# schema_test.sh SCHEMA RESULT...     (skipped without python3-jsonschema)
set -u
python3 -c 'import jsonschema' 2>/dev/null || {
	echo 'skipped: python3-jsonschema is not installed'
	exit 77
}
exec python3 - "$@" <<'END'
import copy
import json
import sys

import jsonschema

with open(sys.argv[1]) as file:
    schema = json.load(file)
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema)
failed = False


def errors(document):
    return ["/".join(map(str, e.path)) + ": " + e.message[:200]
            for e in validator.iter_errors(document)]


def damages(document):
    """Documents with one thing wrong each, by name."""
    def damaged(change):
        other = copy.deepcopy(document)
        change(other)
        return other

    yield "another name", damaged(lambda d: d["schema"].update(name="x"))
    yield "version 1", damaged(lambda d: d["schema"].update(version="1.1"))
    yield "no seed", damaged(lambda d: d["run"].pop("seed"))
    yield "local time", damaged(lambda d: d["run"].update(started="today"))
    yield "no fingerprint", damaged(lambda d: d["env"].pop("fingerprint"))
    if document["cases"]:
        yield "unknown verdict", damaged(
            lambda d: d["cases"][0].update(verdict="Q"))
        yield "no level", damaged(lambda d: d["cases"][0].pop("level"))
        yield "source is no text", damaged(
            lambda d: d["cases"][0].update(source=94047723205216))
    if document["cells"]:
        yield "invalid without reason", damaged(
            lambda d: d["cells"][0].update(status="invalid", reason=None))
        yield "unknown status", damaged(
            lambda d: d["cells"][0].update(status="fine"))
        yield "space in an id", damaged(
            lambda d: d["cells"][0].update(id="a b"))
    held = [i for i, cell in enumerate(document["cells"])
            if cell.get("baselines")]
    if held:
        baseline = lambda d: d["cells"][held[0]]["baselines"][0]
        yield "no times and no reason", damaged(
            lambda d: baseline(d).update(times=None, reason=None))
        yield "zero times the baseline", damaged(
            lambda d: baseline(d).update(times=0))


for path in sys.argv[2:]:
    with open(path) as file:
        document = json.load(file)
    for error in errors(document)[:10]:
        print(f"{path}: {error}")
        failed = True
    for name, other in damages(document):
        if not errors(other):
            print(f"{path}: the schema accepts: {name}")
            failed = True
sys.exit(1 if failed else 0)
END
