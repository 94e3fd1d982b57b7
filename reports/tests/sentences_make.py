# SPDX-License-Identifier: MIT
"""Result files with ties, gaps, one back-end, far states, missing cells, short
samples, few repetitions, failing clauses and selections of clauses. Every
number is invented; the same seed gives the same file.
sentences_make.py FOLDER COUNT"""
import json
import math
import random
import sys

BACKENDS = ["pipe", "socketpair", "sysv_msg", "posix_mq", "shm_ring"]
BEST = 0.95
STEP_NS, STEPS = 29, 20

# iface, scenario, rest of the id, axes, headline metric, typical value, factor
# between back-ends
ROWS = [
    ("queue", "oneway", "size={size}/placement=2cpu", {}, "messages_per_s"),
    ("queue", "oneway", "size=64/placement=2cpu/wait=spin", {"wait": "spin"},
     "messages_per_s"),
    ("queue", "oneway", "size=64/placement=1cpu", {}, "messages_per_s"),
    ("pipe", "oneway", "size=64/placement=2cpu", {}, "messages_per_s"),
    ("queue", "oneway", "size=65536/placement=2cpu", {}, "messages_per_s"),
    ("queue", "roundtrip", "size={size}/placement=2cpu", {}, "rtt_ns"),
    ("queue", "roundtrip", "size=64/placement=2cpu/wait=spin",
     {"wait": "spin"}, "rtt_ns"),
    ("queue", "roundtrip", "size=64/placement=1cpu", {}, "rtt_ns"),
    ("pipe", "roundtrip", "size=64/placement=2cpu", {}, "rtt_ns"),
    ("queue", "roundtrip", "size=16384/placement=2cpu", {}, "rtt_ns"),
    ("queue", "roundtrip", "size=65536/placement=2cpu", {}, "rtt_ns"),
    ("lock", "lock_uncontended", "placement=1cpu", {}, "pair_ns"),
    ("lock", "handoff", "placement=2cpu", {}, "handoff_rtt_ns"),
    ("lock", "lock_contended", "placement=2cpu",
     {"producers": 2, "consumers": 0}, "acquires_per_s"),
    ("queue", "mpmc", "size=64/placement=2cpu/producers=4/consumers=4",
     {"producers": 4, "consumers": 4}, "messages_per_s"),
    ("queue", "depth", "size=64/placement=2cpu/depth=1", {"depth": 1},
     "messages_per_s"),
    ("queue", "wake_latency", "size=64/placement=2cpu/gap=1ms",
     {"gap_ns": 1000000}, "latency_ns"),
    ("queue", "recovery_put", "size=64/placement=2cpu", {}, "recovery_ns"),
    ("pool", "map", "placement=2cpu/tasks=10000", {"tasks": 10000},
     "tasks_per_s"),
    ("pool", "map", "placement=2cpu/tasks=1", {"tasks": 1}, "tasks_per_s"),
    ("lock", "lock_contended", "placement=2cpu/contenders=4",
     {"producers": 4, "consumers": 0}, "acquires_per_s"),
    ("lock", "lock_contended", "placement=1cpu",
     {"producers": 2, "consumers": 0}, "acquires_per_s"),
    ("semaphore", "contended", "placement=2cpu",
     {"producers": 2, "consumers": 0}, "acquires_per_s"),
    ("queue", "open_loop", "size=64/placement=2cpu/load=50",
     {"load_percent": 50}, "latency_ns"),
    ("queue", "open_loop", "size=64/placement=2cpu/load=80",
     {"load_percent": 80}, "latency_ns"),
    ("manager", "dict_get", "size=64/placement=1cpu/clients=1",
     {"clients": 1, "consumers": 0}, "request_ns"),
    ("manager", "dict_get", "size=65536/placement=1cpu/clients=1",
     {"clients": 1, "consumers": 0}, "request_ns"),
    ("manager", "dict_set", "size=64/placement=2cpu/clients=8",
     {"clients": 8, "producers": 8, "consumers": 0}, "request_ns"),
]
# Of other libraries, each with the names of its rows.
COMPETITORS = {
    "zeromq": [("oneway", "size=64/placement=2cpu", {}, "messages_per_s"),
               ("roundtrip", "size=64/placement=2cpu", {}, "rtt_ns")],
    "nng": [("oneway", "size=64/placement=2cpu", {}, "messages_per_s"),
            ("oneway", "size=65536/placement=2cpu", {}, "messages_per_s")],
    "cpython_pipe": [("oneway", "size=64/placement=2cpu", {},
                      "messages_per_s")],
    "cpython_lock": [("lock_uncontended", "placement=1cpu", {}, "pair_ns")],
    "cpython_manager": [("dict_get", "size=64/placement=1cpu/clients=1",
                         {"clients": 1, "consumers": 0}, "request_ns"),
                        ("dict_set", "size=64/placement=2cpu/clients=8",
                         {"clients": 8, "producers": 8, "consumers": 0},
                         "request_ns")],
    "cpython_pool": [("map", "placement=2cpu/tasks=1", {"tasks": 1},
                      "tasks_per_s")],
}
# What a row has apart from the metric it is judged by: name, typical values.
MORE = {
    "mpmc": [("consumer_fairness", [.4, .97, .99]),
             ("producer_fairness", [.5, .98])],
    "lock_contended": [("least_share", [.1, .9]), ("fairness_jain", [.6, .99])],
    "contended": [("least_share", [.2, .8]), ("fairness_jain", [.7, .99])],
    "dict_get": [("requests_per_s", [2e4, 9e4])],
    "dict_set": [("requests_per_s", [2e4, 9e4])],
    "open_loop": [("service_ns", [150, 9e3])],
}
UNITS = {"messages_per_s": "1/s", "acquires_per_s": "1/s", "tasks_per_s": "1/s",
         "requests_per_s": "1/s", "consumer_fairness": "1",
         "producer_fairness": "1", "least_share": "1", "fairness_jain": "1"}


def interval(values):
    """Median and its order statistics, by definition: the narrowest pair of
    ranks that covers the median with 95 %, or the whole range."""
    values = sorted(values)
    n = len(values)
    median = (values[(n - 1) // 2] + values[n // 2]) / 2
    if n < 2:
        return median, None, None, 0

    def level(k):
        return 1 - 2 * sum(math.comb(n, i) for i in range(k)) / 2 ** n
    k = max([1] + [k for k in range(1, (n + 1) // 2 + 1) if level(k) >= BEST])
    return median, values[k - 1], values[n - k], level(k)


def summary(values):
    median, low, high, level = interval(values)
    return {"n": len(values), "median": median, "ci_lo": low, "ci_hi": high,
            "ci_level": level, "min": min(values), "max": max(values)}


def metric(rng, name, middle, spread, n, state, other):
    values = [middle * (1 + spread * rng.uniform(-1, 1)) for _ in range(n)]
    samples = [{"rep": i, "seq": i, "value": v} for i, v in enumerate(values)]
    if state:
        for sample in samples:
            sample["state"] = state
    if other:
        samples.append({"rep": n, "seq": n, "value": middle * 3,
                        "state": other})
    return {"unit": UNITS.get(name, "ns"),
            "better": "lower" if name.endswith("_ns") else "higher",
            "kind": "time" if name.endswith("_ns") else "rate",
            "summary": summary(values), "other_state": None,
            "samples": samples}


def put_trips(rng, cell, m):
    """Percentiles of single trips; below the clock's limit the figure is a mean
    of blocks, and percentiles are missing."""
    s, limit = m["summary"], STEP_NS * STEPS
    trips = rng.choice([500, 20000])
    m["timing"] = "trip" if s["median"] >= limit else "block"
    if cell["axes"]["scenario"] in ("wake_latency", "handoff") and \
            m["timing"] == "block":
        m["timing"] = "mean"
    s["why"] = {}
    for key, share in (("p50", .5), ("p90", .9), ("p99", .99), ("p99_9", .999)):
        value = s["median"] * (1 + 3 * (share - .5))
        if (1 - share) * trips < 10 or value < limit:
            s[key], s["why"][key] = None, "invented"
        else:
            s[key] = value
    s["p99_99"] = None
    s["trips"], s["trip_max"] = trips, s["median"] * 9


TRIPS = ("rtt_ns", "latency_ns", "handoff_rtt_ns", "request_ns", "service_ns")


def make_cell(rng, backend, row, plan):
    iface, scenario, rest, more, name = row
    rest = rest.format(size=plan["size"])
    parts = dict(p.split("=") for p in rest.split("/"))
    axes = {"iface": iface, "backend": backend, "scenario": scenario,
            "size_bytes": int(parts["size"]) if "size" in parts else None,
            "producers": 1, "consumers": 1, "depth": 1024, "wait": "block",
            "placement": parts["placement"], "batch": 1, "load_percent": None,
            "gap_ns": None, "clients": None, "tasks": None}
    axes.update(more)
    cell = {"id": f"{iface}/{backend}/{scenario}/{rest}", "axes": axes,
            "status": "ok", "reason": None, "state": None, "discarded": 0,
            "warmup": None, "headline": name, "metrics": {}, "baselines": [],
            "counts": None, "samples": None}
    if rng.random() < plan["gaps"]:
        cell["status"] = rng.choice(["invalid", "host_limit", "timeout"])
        cell["reason"] = "made up"
        return cell
    state, other = None, None
    if parts["placement"] == "2cpu" and plan["states"]:
        state = rng.choice(["shared_cache", "separate_cache"]
                           if plan["states"] == 2 else ["shared_cache"])
        other = rng.choice([None, "changed"])
        cell["state"], cell["discarded"] = state, int(other is not None)
    n = rng.choice(plan["n"])
    base = {"messages_per_s": 2e6, "rtt_ns": plan["rtt"], "pair_ns": 60,
            "handoff_rtt_ns": 30e3, "acquires_per_s": 5e6, "latency_ns": 2e4,
            "recovery_ns": 1e4, "tasks_per_s": 4e5, "request_ns": 6e4}[name]
    middle = base * rng.choice(plan["factors"])
    m = metric(rng, name, middle, plan["spread"], n, state, other)
    cell["metrics"][name] = m
    for more_name, values in MORE.get(scenario, []):
        cell["metrics"][more_name] = metric(
            rng, more_name, rng.choice(values), .02, n, "", None)
    for trips in TRIPS:
        if trips in cell["metrics"]:
            put_trips(rng, cell, cell["metrics"][trips])
    if rng.random() < .5:
        times = rng.uniform(.8, 3)
        cell["baselines"].append(
            {"kind": "raw", "id": "raw/x", "name": "write, read", "metric": name,
             "share": 1, "times": times, "ci_lo": times * .9, "n": n,
             "ci_hi": times * 1.1, "ci_level": .9375, "reason": None})
    if rng.random() < .3:
        times = rng.uniform(1, 50)
        cell["baselines"].append(
            {"kind": "machine", "id": "raw/y", "name": "copy", "metric": name,
             "share": 1, "times": times, "ci_lo": times * .9, "n": n,
             "ci_hi": times * 1.1, "ci_level": .9375, "reason": None})
    short = rng.choice([0, 0, 0, 1, n]) if plan["short"] else 0
    cell["samples"] = {"count": n, "short": short, "planned_ns": 15000000,
                       "iterations": rng.randrange(10, 90000)}
    cell["warmup"] = {"samples": n, "unsettled": rng.choice([0, n]), "why": None}
    return cell


CLAUSES = [("Q-PUT-01", "CORE"), ("Q-GET-01", "CORE"), ("P-EOF-01", "CORE"),
           ("G-THR-01", "CORE"), ("P-FDS-01", "OPTIONAL"),
           ("X-NAM-01", "BEYOND"), ("Q-ZC-01", "BEYOND")]


def make_cases(rng, backends, plan):
    cases = []
    clauses = CLAUSES[:1] if plan["selection"] else CLAUSES
    for backend in backends:
        failing = rng.random() < plan["failing"]
        for clause, level in clauses:
            verdict = "P"
            if level != "CORE":
                verdict = rng.choice("PPU")
            elif failing and rng.random() < .4:
                verdict = rng.choice("FL")
            cases.append({
                "id": clause, "backend": backend, "level": level,
                "verdict": verdict, "title": f"What {clause} does.",
                "requirement": f"What {clause} requires.", "source": "nowhere",
                "expected": "OK" if verdict == "F" else None,
                "observed": "TIMEDOUT" if verdict == "F" else None,
                "reason": None if verdict in "PF" else "made up",
                "reproduce": None, "seed": 1, "duration_ns": 1000})
    return cases


def make_competitors(rng, cells, plan):
    """Their rows, behind the others; @return what is said of each library."""
    said = []
    for library, rows in COMPETITORS.items():
        if rng.random() > .7:
            said.append({"name": library, "version": None,
                         "reason": "not there", "bound": None})
            continue
        said.append({"name": library, "version": "1.2", "reason": None,
                     "bound": rng.choice([None, "1024"])})
        for scenario, rest, more, name in rows:
            row = ("competitor", scenario, rest, more, name)
            cells.append(make_cell(rng, library, row, plan))
    return said


def document(verb, command, cells, cases):
    return {
        "schema": {"name": "ipcmark.result", "version": "2.0"},
        "run": {"id": "0" * 16, "verb": verb, "command": command, "seed": "1",
                "tool_version": "0", "started": "2026-01-02T03:04:05Z",
                "finished": "2026-01-02T03:05:05Z", "complete": True},
        "env": {"fingerprint": "made-up", "cpu": {"model_name": "Made up",
                                                  "count_online": 2},
                "kernel": {"release": "0.0"}, "virt": {"hypervisor": False}},
        "build": {}, "quality": {"measurement_warnings": []},
        "method": {"clock_step_ns": STEP_NS, "clock_steps_min": STEPS},
        "cells": cells, "cases": cases, "scores": [],
        "performance_targets": [], "warnings": []}


def doubt(rng, one):
    """What the caveats repeat; the machine's load does not touch a check."""
    one["run"]["complete"] = rng.random() < .8
    one["env"]["virt"]["hypervisor"] = rng.random() < .5
    if rng.random() < .4:
        one["quality"]["measurement_warnings"].append("The load was high.")
    if rng.random() < .3:
        one["warnings"].append("the time allowed 3 of 11 repetitions")
    if rng.random() < .1:
        one["run"]["command"] += " --mutant=LOSE"


def make(seed):
    rng = random.Random(seed)
    plan = {
        "size": rng.choice([64, 64, 64, 1024]),
        "gaps": rng.choice([0, .1, .4]),
        "states": rng.choice([0, 1, 2]),
        "n": rng.choice([[7], [5, 6, 9], [3], [1], [4, 11], [2, 5], [8, 30]]),
        "factors": rng.choice([[1], [1, 1.02], [1, 1.3, 14], [1, 2, 5, 40]]),
        "spread": rng.choice([.001, .01, .1, .4]),
        "rtt": rng.choice([150, 4e4]),
        "short": rng.random() < .4,
        "failing": rng.choice([0, 0, .4]),
        "selection": rng.random() < .2,
    }
    count = rng.choice([1, 2, 5, 5, 5])
    backends = rng.sample(BACKENDS, count)
    backends.sort(key=BACKENDS.index)
    rows = [row for row in ROWS if rng.random() < .8]
    cells = []
    for row in rows:
        for backend in backends:
            cell = make_cell(rng, backend, row, plan)
            if rng.random() > plan["gaps"] and \
                    cell["id"] not in (c["id"] for c in cells):
                cells.append(cell)
    said = make_competitors(rng, cells, plan) if rng.random() < .6 else []
    documents = [document("bench", "ipcmark bench", cells, [])]
    documents[0]["competitors"] = said
    doubt(rng, documents[0])
    if rng.random() < .7:
        command = "ipcmark check" + \
            (" --filter Q-PUT-01" if plan["selection"] else "")
        checked = rng.choice([backends, backends[:1]])
        documents.append(document("check", command, [],
                                  make_cases(rng, checked, plan)))
        doubt(rng, documents[1])
    return documents


def main():
    folder, count = sys.argv[1], int(sys.argv[2])
    for seed in range(count):
        for i, one in enumerate(make(seed)):
            with open(f"{folder}/{seed:02}-{i}.json", "w") as file:
                json.dump(one, file)


main()
