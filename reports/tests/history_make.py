# SPDX-License-Identifier: MIT
"""Result files of eight runs with known steps; every number is invented.
history_make.py FOLDER [COUNT]: or COUNT runs that are alike. The names of the
files are not in the order of the runs."""
import json
import sys

FOLDER = sys.argv[1]
# Figures that no output may show.
TIME_NS = 48123.75
RATE = 20779.5

# One value a run. The comment says what has to be found.
CALLS = {
    ("recv", "read"): [1, 1, 1, 2, 2, 2, 2, 2],  # rose in 4
    ("send", "write"): [1, 1, 1, 1, 1, None, None, None],  # not made from 6 on
    ("send", "poll"): [.85, .94, .79, .89, .75, .91, .83, .8],  # not settled
    ("recv", "futex"): [.5, .5, .5, .53, .53, .53, .53, .53],  # too little
    ("recv", "recvmsg"): [.25, .25, .25, .25, .5, .5, .5, .5],  # rose in 5
    ("send", "sendmsg"): [.25] * 7 + [.5],  # the newest average: not yet
    ("send", "sched_yield"): [0, 0, 0, .02, 0, 0, 0, 0],  # once, an average
}
METRICS = {
    "allocations_per_message": [0, 0, 0, 0, 0, 0, 0, 1],  # rose in 8
    "leaked_objects": [0, 0, 0, 0, 0, 0, 0, 0],
    "user_instructions_per_message":
        [900.5, 904.5, 903.5, 901.5, 903.5, 902.5, 950.5, 951.5],  # rose in 7
    "voluntary_switches_per_message":
        [2, 2.01, 2.02, 2.01, 2, 2.01, 2.01, 2],  # within the tolerance
    "involuntary_switches_per_message": [0] * 8,
}
# The fifth and the sixth run are of one commit; the eighth of another machine.
COMMITS = ["1111", "2222", "3333", "4444", "5555", "5555", "7777", "8888"]


def metric(value, kind, unit, better="lower"):
    return {"unit": unit, "better": better, "kind": kind,
            "summary": {"n": 5, "median": value, "ci_lo": value, "ci_hi": value,
                        "ci_level": 0.9375, "min": value, "max": value}}


def cell(run):
    calls = {"recv": {}, "send": {}}
    for (side, call), values in CALLS.items():
        if values[run] is not None:
            calls[side][call] = values[run]
    metrics = {name: metric(values[run], "count", "1")
               for name, values in METRICS.items()}
    metrics["rtt_ns"] = metric(TIME_NS, "time", "ns")
    metrics["messages_per_s"] = metric(RATE, "rate", "1/s", "higher")
    return {
        "id": "queue/pipe/roundtrip/size=64/placement=1cpu",
        "axes": {"iface": "queue", "backend": "pipe", "scenario": "roundtrip",
                 "size_bytes": 64, "producers": 1, "consumers": 1,
                 "depth": None, "wait": "block", "placement": "1cpu",
                 "batch": 1},
        "status": "ok", "reason": None, "state": None, "discarded": 0,
        "headline": "rtt_ns", "metrics": metrics,
        "counts": {"messages": 512, "syscalls_per_message": calls,
                   "why": None},
        "baselines": [
            {"kind": "raw", "id": "raw/pipe/roundtrip/size=64/placement=1cpu",
             "name": "write, read <there & back>", "metric": "rtt_ns",
             "share": 1, "times": 1.25 + run / 100, "ci_lo": 1.21 + run / 100,
             "ci_hi": 1.32 + run / 100, "ci_level": 0.9375, "n": 5,
             "reason": None}]}


def gap(run):
    """A row that two runs do not have, between two steps of whole numbers."""
    base = cell(0)
    base["id"] = "queue/pipe/self_loop/size=64/placement=1cpu"
    base["axes"]["scenario"] = "self_loop"
    base["baselines"] = []
    base["counts"]["syscalls_per_message"] = {
        "self": {"write": 1 if run < 3 else 3}}  # rose in 6: 4, 5 have no row
    for name in METRICS:
        del base["metrics"][name]
    return base


def document(run, commit, started, machine):
    cells = [cell(run)] + ([] if run in (3, 4) else [gap(run)])
    return {
        "schema": {"name": "ipcmark.result", "version": "2.0"},
        "run": {"id": None, "verb": "bench", "command": "ipcmark bench",
                "seed": "1", "tool_version": "0.0.0-fixture",
                "started": started, "finished": started, "complete": True},
        "build": {"compiler": "GNU",
                  "source": {"commit": commit * 10, "dirty": False}},
        "env": {"clock": {}, "cpu": {}, "kernel": {}, "limits": {},
                "process": {}, "virt": {}, "fingerprint": machine * 64},
        "quality": {"measurement_warnings": []},
        "cases": [], "cells": cells, "performance_targets": [],
        "warnings": []}


def write(name, content):
    with open(f"{FOLDER}/{name}", "w", encoding="utf-8") as file:
        json.dump(content, file)


if len(sys.argv) > 2:
    for i in range(int(sys.argv[2])):
        write(f"{i:04}.json", document(
            0, f"{i:04x}", f"2001-01-01T{i // 60:02}:{i % 60:02}:00Z", "a"))
else:
    for i, name in enumerate("hbgcfdea"):
        write(f"{name}.json", document(
            i, COMMITS[i], f"2001-01-0{i + 1}T00:00:00Z", "b" if i == 7 else "a"))
