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
    ("queue", "oneway", "size=65536/placement=1cpu", {}, "messages_per_s"),
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
    ("lock", "handoff", "placement=1cpu", {}, "handoff_rtt_ns"),
    ("barrier", "barrier_rounds", "placement=2cpu/contenders=4",
     {"producers": 4, "consumers": 0}, "round_ns"),
    ("rlock", "uncontended", "placement=1cpu", {}, "pair_ns"),
    ("semaphore", "uncontended", "placement=1cpu", {}, "pair_ns"),
    ("queue", "self_loop", "size={size}/placement=1cpu", {}, "pair_ns"),
    ("pipe", "self_loop", "size=65536/placement=1cpu", {}, "pair_ns"),
    ("lock", "lock_contended", "placement=2cpu",
     {"producers": 2, "consumers": 0}, "acquires_per_s"),
    ("queue", "mpmc", "size=64/placement=2cpu/producers=4/consumers=4",
     {"producers": 4, "consumers": 4}, "messages_per_s"),
    ("queue", "mpmc", "size=64/placement=2cpu/producers=1/consumers=8",
     {"producers": 1, "consumers": 8}, "messages_per_s"),
    ("queue", "mpmc", "size=64/placement=2cpu/producers=12/consumers=1",
     {"producers": 12, "consumers": 1}, "messages_per_s"),
    ("queue", "depth", "size=64/placement=2cpu/depth=1", {"depth": 1},
     "messages_per_s"),
    ("queue", "depth", "size=64/placement=2cpu/depth=64", {"depth": 64},
     "messages_per_s"),
    ("queue", "depth", "size=64/placement=1cpu/depth=16384", {"depth": 16384},
     "messages_per_s"),
    ("queue", "wake_latency", "size=64/placement=2cpu/gap=0",
     {"gap_ns": 0}, "latency_ns"),
    ("queue", "wake_latency", "size=64/placement=2cpu/gap=1ms",
     {"gap_ns": 1000000}, "latency_ns"),
    ("queue", "wake_latency", "size=64/placement=2cpu/gap=2.5ms",
     {"gap_ns": 2500000}, "latency_ns"),
    ("queue", "wake_latency", "size=64/placement=1cpu/gap=100us",
     {"gap_ns": 100000}, "latency_ns"),
    ("queue", "recovery_put", "size=64/placement=2cpu", {}, "recovery_ns"),
    ("queue", "recovery_get", "size=64/placement=2cpu", {}, "recovery_ns"),
    ("lock", "recovery", "placement=2cpu", {}, "recovery_ns"),
    ("queue", "startup", "size=64/placement=2cpu", {}, "create_ns"),
    ("lock", "startup", "placement=2cpu", {}, "create_ns"),
    ("queue", "endurance", "size=64/placement=2cpu", {},
     "drift_percent_per_min"),
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
    ("manager", "dict_get", "size=64/placement=2cpu/clients=1",
     {"clients": 1, "consumers": 0}, "request_ns"),
    ("manager", "dict_set", "size=64/placement=2cpu/clients=8",
     {"clients": 8, "producers": 8, "consumers": 0}, "request_ns"),
]
# What is not ranked, and the names of its rows: system calls without the
# library, and a back-end that does nothing.
REFERENCES = [
    ("raw", ["memcpy_ring"], "oneway", "size=64/placement=2cpu",
     "messages_per_s"),
    ("raw", ["cache_line"], "roundtrip", "size=64/placement=2cpu", "rtt_ns"),
    ("raw", ["process", "fork", "fork_exit"], "start_join", "placement=1cpu",
     "start_join_ns"),
    ("queue", ["null"], "oneway", "size=64/placement=1cpu", "messages_per_s"),
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
    "cpython_process": [("start_join", "placement=1cpu", {}, "start_join_ns")],
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
    "oneway": [("cpu_ns_per_message_send", [300, 4e3]),
               ("cpu_ns_per_message_recv", [300, 4e3]),
               ("syscalls_per_message", [0, .004, 2]),
               ("user_instructions_per_message", [211, 12345]),
               ("allocations_per_message", [0]),
               ("voluntary_switches_per_message", [0, .5]),
               ("page_faults_per_message", [0, 1e-4]),
               ("shared_memory_bytes", [0, 900, 98304])],
    "lock_uncontended": [("acquires_per_s", [1e6, 2e8])],
    "map": [("task_ns", [900, 3e5])],
    "startup": [("first_message_ns", [3e5]), ("free_ns", [700, 5e4])],
    "endurance": [("drift_lo_percent_per_min", [-.7, 0]),
                  ("drift_hi_percent_per_min", [0, 12]),
                  ("rss_begin_kib", [5120]), ("rss_end_kib", [5120, 9999]),
                  ("shared_begin_kib", [0, 96]), ("descriptors_begin", [14]),
                  ("descriptors_end", [14, 15])],
}
# What a row may lack, and what a machine may not be able to measure.
LACKING = [name for name, _ in MORE["oneway"] + MORE["endurance"]] + ["free_ns"]
UNMEASURED = {"user_instructions_per_message": "there are no counters",
              "shared_memory_bytes": "/proc is not mounted"}
UNITS = {"messages_per_s": "1/s", "acquires_per_s": "1/s", "tasks_per_s": "1/s",
         "requests_per_s": "1/s", "offered_per_s": "1/s", "shared_memory_bytes": "B"}


def unit_of(name):
    return UNITS.get(name) or ("%/min" if "percent" in name else
                               "KiB" if name.endswith("_kib") else
                               "ns" if "_ns" in name else "1")


def direction(name):
    return "lower" if any(part in name for part in (
        "_ns", "per_message", "bytes", "percent", "_kib")) else "higher"



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
    other_state = None
    if other:
        samples.append({"rep": n, "seq": n, "value": middle * 3,
                        "state": other})
    if other and other != "changed":
        other_state = {"state": other, "n": 1, "median": middle * 3}
    return {"unit": unit_of(name), "better": direction(name),
            "kind": "time" if unit_of(name) == "ns" else "rate",
            "summary": summary(values), "other_state": other_state,
            "samples": samples}


def unmeasured(name):
    return {"unit": unit_of(name), "better": direction(name), "kind": "count",
            "summary": {"n": 0, "median": None, "ci_lo": None, "ci_hi": None,
                        "ci_level": 0, "why": {"median": UNMEASURED[name]}},
            "samples": []}


def add_more(rng, cell, plan, n):
    for name, values in MORE.get(cell["axes"]["scenario"], []):
        if name in LACKING and rng.random() < plan["lacking"]:
            continue
        cell["metrics"][name] = unmeasured(name) \
            if name in UNMEASURED and plan["unmeasured"] else \
            metric(rng, name, rng.choice(values), .02, n, "", None)


def counted_calls(rng):
    """By each side, by name; some rows were not counted."""
    calls = {side: {name: rng.choice([1, .25, 2.004, 0])
                    for name in rng.sample(names, rng.randrange(3))}
             for side, names in (("send", ["write", "futex", "poll"]),
                                 ("recv", ["read", "futex", "ppoll"]))}
    return rng.choice([None, {"syscalls_per_message": calls}])


def add_baselines(rng, cell, name, n):
    axes = cell["axes"]
    if axes["backend"] not in BACKENDS + ["process"]:
        return
    if rng.random() < .5:
        cell["baselines"].append(
            baseline(rng, "raw", "write, read", name, n, 3))
    if rng.random() < .3:
        cell["baselines"].append(baseline(rng, "machine", "copy", name, n, 50))
        # one way is half of there and back
        if axes["scenario"] in ("wake_latency", "open_loop"):
            cell["baselines"][-1].update({"name": "one line", "share": .5})


def baseline(rng, kind, name, metric_name, n, most):
    times = rng.uniform(.8, most)
    level = rng.choice([.9375, .9375, .75])
    made = {"kind": kind, "id": f"raw/{kind}", "name": name,
            "metric": metric_name, "share": 1, "times": times, "n": n,
            "ci_lo": times * .9, "ci_hi": times * 1.1, "ci_level": level,
            "reason": None}
    if rng.random() < .1:
        made.update({"times": None, "ci_lo": None, "ci_hi": None,
                     "ci_level": 0, "n": 0, "reason": "none was measured"})
    return made


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


def make_cell(rng, backend, row, plan, dead=False):
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
    if dead or rng.random() < plan["gaps"]:
        cell["status"] = rng.choice(["invalid", "host_limit", "timeout"])
        cell["reason"] = "made up"
        return cell
    state, other = None, None
    if parts["placement"] == "2cpu" and plan["states"]:
        state = rng.choice(["shared_cache", "separate_cache"]
                           if plan["states"] == 2 else ["shared_cache"])
        other = rng.choice([None, "changed", *{"shared_cache",
                            "separate_cache"} - {state}])
        cell["state"], cell["discarded"] = state, int(other == "changed")
    n = rng.choice(plan["n"])
    base = {"messages_per_s": 2e6, "rtt_ns": plan["rtt"], "pair_ns": 60,
            "handoff_rtt_ns": 30e3, "acquires_per_s": 5e6, "latency_ns": 2e4,
            "recovery_ns": 1e4, "tasks_per_s": 4e5, "request_ns": 6e4,
            "create_ns": 2e5, "drift_percent_per_min": -.08,
            "start_join_ns": 9e5, "round_ns": 5e4}[name]
    middle = base * rng.choice(plan["factors"])
    m = metric(rng, name, middle, plan["spread"], n, state, other)
    cell["metrics"][name] = m
    add_more(rng, cell, plan, n)
    if scenario == "open_loop":
        cell["metrics"]["offered_per_s"] = metric(
            random.Random(n), "offered_per_s", 2e3 * more["load_percent"], 0,
            n, "", None)
    if scenario == "oneway":
        cell["counts"] = counted_calls(rng)
    for trips in TRIPS:
        if trips in cell["metrics"]:
            put_trips(rng, cell, cell["metrics"][trips])
    add_baselines(rng, cell, name, n)
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
                "reproduce": None if verdict == "P" else
                f"ipcmark check -b {backend} -f '^{clause}$'",
                "seed": rng.choice([1, 2 ** 40]), "duration_ns": 1000,
                "runs": rng.choice([1, 3]), "passes": 1})
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


def add_references(rng, cells, plan):
    for iface, names, scenario, rest, name in REFERENCES:
        for reference in names:
            if rng.random() < .8:
                cells.append(make_cell(rng, reference, (iface, scenario, rest,
                                                        {}, name), plan))


def shuffle_samples(rng, cells):
    """One order for the samples of all rows, as of a run; some machines had a
    fast and a slow period."""
    metrics = [c["metrics"][c["headline"]] for c in cells if c["metrics"]]
    samples = [(s, abs(s["value"] / m["summary"]["median"]), m["better"])
               for m in metrics for s in m["samples"]]
    rng.shuffle(samples)
    if rng.random() < .3:
        samples.sort(key=lambda s: s[1] if s[2] == "lower" else 1 / s[1])
    for place, sample in enumerate(samples):
        sample[0]["seq"] = place


def foreign(rng):
    """A back-end from a shared object, as its file describes it."""
    features = [{"name": name, "native": rng.random() < .5,
                 "how": rng.choice(["", "by hand"])}
                for name in ("blocking put", "telepathy")]
    return {"name": "theirs", "summary": "", "fake": False, "pollable": True,
            "memory": False, "queue": True, "pipe": False, "lock": False,
            "not_offered": None, "features": features}


def reference(rng):
    """What CPython does, and how its own tests went."""
    cases = []
    for clause, level in CLAUSES:
        verdict = rng.choice("PPPFd")
        cases.append({
            "id": clause, "verdict": verdict, "duration_ns": 1,
            "expected": "OK" if verdict == "F" else "",
            "observed": "TIMEDOUT" if verdict == "F" else "",
            "reason": rng.choice(["", "made up"]) if verdict == "F" else "",
            "deviation": "it is older" if verdict == "d" else None})
    own = [{"way": way, "class": name, "backend": backend,
            "passed": rng.randrange(20), "failed": rng.choice([0, 0, 1]),
            "not_applicable": rng.choice([0, 3])}
           for way in ("objects", "modules") for name in ("_TestQ", "_TestL")
           for backend in BACKENDS if rng.random() < .9]
    return {"name": "CPython 3.0", "reason": "", "own_tests": own,
            "cases": cases}


def add_facts(rng, one):
    """Of all kinds; the files of a report differ on some."""
    env = one["env"]
    env["cpu"].update({"governor": rng.choice(["performance", None]),
                       "flags": ["a", "bc"], "caches": {"L1d": "32K"},
                       "mhz": rng.choice([2400.04, 1200.5])})
    env["cpu"]["why"] = {"governor": rng.choice(["not shown", "no cpufreq"])}
    # a text that is a part of another one is a value as well
    env["limits"] = {"msg_max": rng.choice([10, 100]), "switches": [],
                     "shmmax": None, "name": rng.choice(["", "x y", "x"])}
    env["virt"]["container"] = rng.choice(["none seen", "a; b"])
    one["build"].update({"type": "Release", "flags": rng.choice(["-O2", ""]),
                         "source": {"commit": None, "dirty": True,
                                    "why": {"commit": "made up"}}})


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
    if rng.random() < .7:
        one["env"]["clock"] = {"read_cost_ns": rng.choice([None, 24.6]),
                               "smallest_step_ns": rng.choice([None, 29, 1000])}
    one["quality"]["steal_share"] = rng.choice([None, 0, .00321])
    if rng.random() < .5:
        one["quality"]["why"] = {"steal_share": "no such file"}
    if rng.random() < .3:
        one["backends"] = [foreign(rng)]


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
        "lacking": rng.choice([0, 0, .5]),
        "unmeasured": rng.random() < .4,
        "dead": rng.choice([0, 0, .15, .5]),
    }
    count = rng.choice([1, 2, 5, 5, 5])
    backends = rng.sample(BACKENDS, count)
    backends.sort(key=BACKENDS.index)
    rows = [row for row in ROWS if rng.random() < .8]
    cells, dead_groups = [], {}
    for row in rows:
        # of a group in which every row fails
        dead = dead_groups.setdefault((row[0], row[1], row[3].get("wait")),
                                      rng.random() < plan["dead"])
        for backend in backends:
            cell = make_cell(rng, backend, row, plan, dead)
            if rng.random() > plan["gaps"] and \
                    cell["id"] not in (c["id"] for c in cells):
                cells.append(cell)
    said = make_competitors(rng, cells, plan) if rng.random() < .6 else []
    add_references(rng, cells, plan)
    shuffle_samples(rng, cells)
    documents = [document("bench", "ipcmark bench", cells, [])]
    documents[0]["competitors"] = said
    if rng.random() < .2:
        half = len(cells) // 2
        documents[0]["cells"] = cells[:half]
        documents.append(document("bench", "ipcmark bench", cells[half:], []))
    for one in documents:
        doubt(rng, one)
    if rng.random() < .7:
        command = "ipcmark check" + \
            (" --filter Q-PUT-01" if plan["selection"] else "")
        checked = rng.choice([backends, backends[:1]])
        documents.append(document("check", command, [],
                                  make_cases(rng, checked, plan)))
        doubt(rng, documents[-1])
        if rng.random() < .4:
            documents[-1]["reference"] = reference(rng)
    for one in documents:
        add_facts(rng, one)
    return documents


def main():
    folder, count = sys.argv[1], int(sys.argv[2])
    for seed in range(count):
        for i, one in enumerate(make(seed)):
            with open(f"{folder}/{seed:02}-{i}.json", "w") as file:
                json.dump(one, file)


main()
