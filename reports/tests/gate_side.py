#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes a side of a gate: a folder whose bench hands out results that were made
before, three rows with noise; shm_ring is slower as told, sysv_msg faster, pipe
makes so many calls.
gate_side.py FIXTURE FOLDER SLOWER CALLS [WITHOUT [NOISE]]: without a back-end,
"" for none; times up to 1 + NOISE as long"""
import copy
import json
import os
import random
import sys

RESULTS = 40
PROGRAM = """#!/bin/sh
for argument in "$@"; do
	case $argument in
	--list) exit 0 ;;
	--report=json=*) out=${argument#--report=json=} ;;
	esac
done
folder=$(dirname "$0")
read -r number <"$folder/count"
echo $(((number + 1) % RESULTS)) >"$folder/count"
cp "$folder/$number.json" "$out"
"""


def result(fixture, slower, calls, without, noise):
    document = copy.deepcopy(fixture)
    rows = [c for c in document["cells"] if c["axes"]["iface"] == "queue" and
            c["axes"]["scenario"] == "roundtrip" and
            c["axes"]["backend"] in ("pipe", "sysv_msg", "shm_ring") and
            c["axes"]["backend"] != without]
    for row in rows:
        name = row["axes"]["backend"]
        value = 1000 * random.uniform(1, 1 + noise) * {
            "shm_ring": slower, "sysv_msg": 1 / slower}.get(name, 1)
        metric = row["metrics"][row["headline"]]
        metric["summary"].update(n=1, ci_lo=None, ci_hi=None, median=value,
                                 min=value, max=value)
        metric["samples"] = []
        row["metrics"] = {row["headline"]: metric}
        row["counts"] = {"messages": 512, "why": None, "syscalls_per_message": {
            "send": {"write": calls if name == "pipe" else 1}}}
    document["cells"] = rows
    return document


def main():
    fixture, folder, slower, calls = sys.argv[1:5]
    without = sys.argv[5] if len(sys.argv) > 5 else ""
    noise = float(sys.argv[6]) if len(sys.argv) > 6 else 0.02
    os.makedirs(folder)
    random.seed(folder[-1])
    with open(fixture) as file:
        document = json.load(file)
    for i in range(RESULTS):
        with open(f"{folder}/{i}.json", "w") as file:
            json.dump(result(document, float(slower), int(calls), without,
                             noise), file)
    for name, text in (("count", "0\n"), ("ipcmark-bench", folder),
                       ("ipcmark", PROGRAM.replace("RESULTS", str(RESULTS)))):
        with open(f"{folder}/{name}", "w") as file:
            file.write(text)
        os.chmod(f"{folder}/{name}", 0o755)


main()
