# SPDX-License-Identifier: MIT
"""Tables of the whole report: processes, overhead over the raw mechanism,
baselines, features, noise. See sentences_read.py."""
import base64
import json
import math
import zlib

from sentences_figures import (
    baseline_of, baseline_range, baseline_words, count_text, equal, figure_cell,
    is_ours, is_short, level_of, plain, range_text, ratio_text, value_text)
from sentences_sections import (
    LOCK_TIME, MESSAGES, PAIR, TRIP, WORDS, columns_missing, groups_of,
    point_text, reason)


def words_of(cell):
    """Classes that say something; "num" is of the column."""
    return [c for c in cell["class"].split() if c != "num"]


# ---- processes ----

PROCESSES = {"process": "Process of the library",
             "fork_exit": "fork, exit, wait", "fork": "fork, _exit, wait",
             "cpython_process": "Process of CPython"}


def process_row(files, row):
    text, notes = figure_cell(files, row, "start_join_ns")
    # the baseline has a column of its own
    notes = [n for n in notes if not n.endswith("baseline")]
    times = [(baseline_of(row, kind) or {"times": None})["times"]
             for kind in ("machine", "raw")]
    return [PROCESSES[row["axes"]["backend"]], text, "; ".join(notes)] + \
        ["–" if t is None else ratio_text(t) for t in times]


def check_processes(page, files):
    rows = [r for r in files.rows.values()
            if files.metric(r, "start_join_ns")]
    rows.sort(key=lambda r: list(PROCESSES).index(r["axes"]["backend"]))
    equal("process", [[plain(r[0]["text"]), plain(r[1]["text"]),
                       plain(r[1]["small"])] +
                      [plain(c["text"] + c["small"]) for c in r[2:]]
                      for r in page.tables.get("process", [])],
          [process_row(files, r) for r in rows])
    equal("remarks of process",
          [plain(s) for s in page.sentences.get("process", [])],
          [f"{PROCESSES[r['axes']['backend']]}: {reason(r)}"
           for r in files.rows.values()
           if r["headline"] == "start_join_ns" and r["status"] != "ok"])


# ---- overhead ----

def overhead_cell(row):
    """Text, small print, mark, and what is said when it is pointed at."""
    baseline = baseline_of(row, "raw") if row else None
    if not baseline:
        return "–", "", [], ""
    if baseline["times"] is None:
        return "–", "", [], baseline["reason"]
    note, mark = baseline_range(baseline), []
    if note and baseline["ci_lo"] > 1:
        mark = ["open"]
    elif note and baseline["ci_hi"] <= 1:
        mark = ["good"]
    return ratio_text(baseline["times"]), note, mark, baseline["name"]


def overhead_lines(files):
    lines = {}
    for question in (MESSAGES, TRIP, PAIR, LOCK_TIME):
        for group in groups_of(files, question):
            for point in group.points:
                scenario = group.rows[0]["axes"]["scenario"]
                words = [group.title, WORDS.get(scenario, scenario)]
                if point != -1:
                    words.append(point_text(group.at(point)[0]))
                cells = {b: overhead_cell(group.row(b, point))
                         for b in files.backends}
                if any(c[0] != "–" for c in cells.values()):
                    lines[", ".join(words)] = cells
    return lines


def check_overhead(page, files):
    lines = overhead_lines(files)
    rows = page.tables.get("overhead", [])
    equal("overhead", sorted(plain(r[0]["text"]) for r in rows), sorted(lines))
    for row in rows:
        line = plain(row[0]["text"])
        for backend, cell in zip(page.heads["overhead"][1:], row[1:]):
            equal(f"overhead, {line}, {backend}",
                  (plain(cell["text"]), plain(cell["small"]), words_of(cell),
                   cell["title"]), lines.get(line, {}).get(backend))
    if rows:
        columns_missing(page, files, "overhead", lambda b: [
            cells[b][0] for cells in lines.values()], "overhead",
            "Times the raw mechanism: 1 is as good, 2 takes twice the time",
            "no raw mechanism")


# ---- features ----

def backends_of(page, files):
    """Those of the library from the page's data, as they are in no file; those
    from shared objects from their file."""
    listed = json.loads(zlib.decompress(base64.b64decode(page.data)))["backends"]
    found = {b["name"]: b for b in listed if not b.get("fake")}
    foreign = {}
    for one in files.documents:
        for backend in one.get("backends", []):
            foreign.setdefault(backend["name"], backend)
    return {**found, **foreign}


def feature_cell(backend, name):
    feature = next((f for f in backend.get("features", [])
                    if f["name"] == name), None)
    if not feature:
        return "–", "", []
    word = "native" if feature["native"] else "emulated"
    return word, feature["how"], [word]


def check_features(page, files):
    backends = backends_of(page, files)
    names = list(dict.fromkeys(f["name"] for b in backends.values()
                               for f in b.get("features", [])))
    rows = page.tables.get("features", [])
    equal("features", [plain(r[0]["text"]) for r in rows], names)
    equal("columns of features", page.heads["features"][1:], list(backends))
    for row in rows:
        name = plain(row[0]["text"])
        for backend, cell in zip(page.heads["features"][1:], row[1:]):
            equal(f"feature {name} of {backend}",
                  (plain(cell["text"]), plain(cell["small"]), words_of(cell)),
                  feature_cell(backends[backend], name))


# ---- every row, and those that are not ranked ----

def remarks(row):
    s, w, notes = row["samples"], row["warmup"], []
    if s["short"]:
        notes.append(f"{s['short']} of {s['count']} samples short" +
                     (", not ranked" if is_short(row) else ""))
    if w["unsettled"]:
        notes.append(f"warm-up not settled in {w['unsettled']}")
    if row["state"] == "separate_cache":
        notes.append("separate caches")
    if row["discarded"]:
        notes.append(f"{row['discarded']} discarded")
    notes.append(f"{s['iterations']:,} operations a sample")
    return "; ".join(notes)


def times_cell(row, kind):
    baseline = baseline_of(row, kind)
    if not baseline:
        return "–", "", ""
    if baseline["times"] is None:
        return "–", "", baseline["reason"]
    return ratio_text(baseline["times"]), baseline_range(baseline), \
        f"{baseline_words(baseline)} ({baseline['id']})"


def row_cells(row):
    """Texts, small print, and what is said when they are pointed at."""
    if row["status"] != "ok":
        return [(row["id"], "", ""), (row["status"], row["reason"], "")] + \
            [("", "", "")] * 6
    metric = row["metrics"][row["headline"]]
    s = metric["summary"]
    interval = range_text(s["ci_lo"], s["ci_hi"], metric["unit"]) \
        if level_of(metric) else "–"
    texts = [row["id"], row["headline"],
             value_text(s["median"], metric["unit"]), interval, str(s["n"])]
    return [(text, "", "") for text in texts] + [
        times_cell(row, "machine"), times_cell(row, "raw"),
        (remarks(row), "", "")]


def check_rows(page, files, table, rows):
    got = page.tables.get(table, [])
    equal(table, [plain(r[0]["text"]) for r in got], [r["id"] for r in rows])
    for row in got:
        cell = files.rows.get(plain(row[0]["text"]))
        if not cell:
            continue
        equal(f"{table}, {cell['id']}",
              [(plain(c["text"]), plain(c["small"]), c["title"])
               for c in row],
              row_cells(cell))
        marked = cell["status"] == "ok" and is_ours(cell) and \
            cell["axes"]["backend"] in files.failing
        equal(f"{table}, {cell['id']}: mark", words_of(row[2]),
              ["marked"] if marked else [])


def check_every_row(page, files):
    rows = list(files.rows.values())
    check_rows(page, files, "cells", rows)
    check_rows(page, files, "baselines", [r for r in rows if not is_ours(r)])


# ---- noise ----

def headline_samples(files):
    """(row, metric, sample) of the rows that have a figure."""
    return [(row, row["metrics"][row["headline"]], sample)
            for row in files.rows.values() if row["status"] == "ok"
            for sample in row["metrics"][row["headline"]]["samples"]]


def slowness(row, metric, sample):
    """The logarithm of a sample by what is usual in its state; None if that is
    not known."""
    state, other = sample.get("state") or "", metric["other_state"] or {}
    usual = metric["summary"]["median"] if state == (row["state"] or "") else \
        other["median"] if state == other.get("state", "none") else None
    if not usual or usual <= 0 or sample["value"] <= 0:
        return None
    sign = -1 if metric["better"] == "higher" else 1
    return sign * math.log(sample["value"] / usual)


def correlation(samples):
    """Of neighbours in time; None if there are too few."""
    values = [slowness(*s) for s in
              sorted(samples, key=lambda s: s[2]["seq"])]
    values = [v for v in values if v is not None]
    if len(values) < 30:
        return None
    mean = sum(values) / len(values)
    off = [v - mean for v in values]
    squares = sum(o * o for o in off)
    return sum(a * b for a, b in zip(off, off[1:])) / squares \
        if squares else None


def noise_of_samples(files, samples):
    rows = files.rows.values()
    ok = sum(r["status"] == "ok" for r in rows)
    discarded = sum(r["discarded"] for r in rows)
    touched = sum(r["discarded"] > 0 for r in rows)
    lines = []
    if samples:
        lines.append(("Samples", f"{len(samples)} in {count_text(ok, 'row')}",
                      "each by processes of its own, in an order shuffled by "
                      "the seed"))
    lines.append(("Discarded samples",
                  f"{discarded} in {count_text(touched, 'row')}"
                  if discarded else "none",
                  "the cache state of the CPUs changed while they were taken"))
    states = [s[2].get("state") for s in samples]
    shared, separate = (states.count(s) for s in
                        ("shared_cache", "separate_cache"))
    if shared + separate:
        lines.append(("Two CPUs with a shared cache",
                      f"{100 * shared / (shared + separate):.0f} % of "
                      f"{shared + separate} samples",
                      "the figure of a row is of the state that most of its "
                      "samples were taken in; the states are never mixed"))
    near = correlation(samples)
    if near is not None:
        meaning = "hardly any, so the order does not favour a row" \
            if abs(near) < .2 else "the machine had fast and slow periods, " \
            "which the shuffled order spreads over all rows"
        lines.append(("Correlation of neighbours in time",
                      f"{0 if abs(near) < .005 else near:.2f}",
                      f"samples taken one after the other: {meaning}"))
    return lines


def noise_of_machine(runs):
    lines = []
    for one in runs:
        clock = one["env"].get("clock", {})
        cost, step = clock.get("read_cost_ns"), clock.get("smallest_step_ns")
        if cost is not None:
            lines.append(("Reading the clock", value_text(cost, "ns"),
                          "is part of every time that is taken one by one"))
        if step is not None:
            lines.append(("Smallest step of the clock", value_text(step, "ns"),
                          f"single times below 20 steps "
                          f"({value_text(20 * step, 'ns')}) are not reported; "
                          "times of blocks are"))
    for one in runs:
        steal = one["quality"].get("steal_share")
        why = one["quality"].get("why", {}).get("steal_share", "not recorded")
        lines.append(("CPU time taken by the host (steal)", "unknown", why)
                     if steal is None else
                     ("CPU time taken by the host (steal)",
                      f"{100 * steal:.2f} %",
                      "of this machine's CPU time during the run"))
    return lines


def check_noise(page, files):
    runs = [one for one in files.documents if one["run"]["verb"] != "check"]
    # of several runs the samples have no common order
    samples = headline_samples(files) if len(runs) == 1 else []
    wanted = noise_of_samples(files, samples) + noise_of_machine(runs) \
        if files.rows else []
    equal("noise", [tuple(plain(c["text"] + c["small"]) for c in r)
                    for r in page.tables.get("noise", [])], wanted)


# ---- heads of columns ----

ROWS = ["Row", "Metric", "Median", "Interval", "n", "x baseline", "x bare",
        "Remarks"]
# By the start of the id of a table: what stands before the back-ends.
HEADS = {
    "recommendation": ["Need, and the rows that measure it", "Use",
                       "Cannot be told apart from it", "Next",
                       "First when resampled"],
    "rules": ["Need", "Passed on", "Not on", "Clause"],
    "scores": ["Back-end", "Conclusion", "CORE", "OPTIONAL", "BEYOND"],
    "sections": ["Section"], "matrix": ["Clause", "Level"],
    "machine": ["Fact", "Value"], "environment": ["Fact", "Value"],
    "python_tests_sums": ["Way"], "python_tests": ["Class of tests", "Way"],
    "process": ["What", "Start and join", "× fork, _exit, wait",
                "× fork, exit, wait"],
    "noise": ["Fact", "Value", "What it means"], "cells": ROWS,
    "baselines": ROWS, "metrics_": ["Row", "What"], "calls": ["Row", "What"],
    "fairness": ["Row", "What"], "overhead": ["Against the raw mechanism"],
    "features": ["Feature"], "modes_": ["Mode"], "figures_0_": ["Size"],
    "figures_1_": ["Size"], "figures_2_": ["Size"], "figures_3_": ["What"],
    "figures_4_": ["Processes"], "figures_5_": ["Processes"],
    "figures_8_": ["Load"], "figures_9_": ["Load"], "figures_10_": ["Depth"],
    "figures_11_": ["Idle time"], "tail_8_": ["Load"], "tail_9_": ["Load"],
    "tail_10_": ["Depth"], "tail_11_": ["Idle time"],
    "percentiles_": ["Back-end", "Count", "50 %", "90 %", "99 %", "99.9 %",
                     "99.99 %", "max"],
    "manager_": ["Request"], "pool_": ["Tasks of a map"],
    "competitors_compared": ["Row", "Competitor", "Its figure"],
    "competitor_versions": ["Competitor", "Version", "Capacity in messages"]}
CAPTIONS = {
    "recommendation": "Which back-end for which need, by the medians of this "
                      "run",
    "rules": "Needs that a clause of the check answers",
    "scores": "Clauses that hold; OPTIONAL: of those supported",
    "sections": "Clauses that hold, by section; ✗ failed, ? undecided, – "
                "unsupported",
    "matrix": "Clauses and back-ends",
    "machine": "The facts that matter most",
    "environment": "Environment and build",
    "process": "Start and join of a process that does nothing",
    "competitor_versions": "Competitors: other libraries, each in a program of "
                           "its own",
    "baselines": "Measured in the same run, not ranked",
    "features": "Features of the mechanism, or added by the library",
    "python_tests_sums": "CPython's own tests that pass",
    "python_tests": "CPython's own tests that pass, by class",
    "noise": "What disturbed this run",
    "cells": "Every row, with the metric it is judged by"}
SIGNS = {"best": "●", "marked": "✗"}


def check_captions(page, files):
    """Those that have no figures in them."""
    for table, caption in CAPTIONS.items():
        if table in page.tables:
            equal(f"caption of {table}", plain(page.captions[table]), caption)


def check_signs(page, files):
    """Colour alone is not visible to all."""
    for table, rows in page.tables.items():
        for row in rows if table != "matrix" else []:
            for cell in row:
                equal(f"sign of a cell of {table}", cell["sign"],
                      "".join(SIGNS.get(c, "") for c in cell["class"].split()))


def check_heads(page, files):
    for table, heads in page.heads.items():
        first = next((h for start, h in HEADS.items()
                      if table.startswith(start)), [])
        rest = [plain(h) for h in heads][len(first):]
        equal(f"heads of {table}", [plain(h) for h in heads][:len(first)],
              first or "none that is known")
        if table == "matrix":
            continue  # of check_matrix
        # CPython's column is the last one
        equal(f"back-ends of {table}", rest,
              [b for b in files.backends + ["CPython"] if b in rest])
