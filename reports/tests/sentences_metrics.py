# SPDX-License-Identifier: MIT
"""Sections whose rows have several figures each: synchronisation objects,
start-up and recovery, a long run, the cost of a message and its system calls.
A line is a metric of a kind of row. See sentences_read.py."""
import functools
from sentences_figures import (
    PLACES, Ranking, equal, fail, figure_cell, figure_title, is_ours, main_group,
    plain, size_text, value_text)
from sentences_sections import (
    WORDS, columns_missing, key_of, point_of, point_text, reason,
    remarked)

SYNC = {"pair_ns": "a pair of calls",
        "acquires_per_s": "acquires per second, total",
        "handoff_rtt_ns": "lock hand-off, round trip",
        "round_ns": "a round of all processes"}
LIFE = {"create_ns": "create",
        "first_message_ns": "first message of a new process",
        "free_ns": "free", "recovery_ns": "time to recover after a kill"}
ENDURANCE = {"drift_percent_per_min": "drift of the rate",
             "drift_lo_percent_per_min": "drift at least",
             "drift_hi_percent_per_min": "drift at most",
             "rss_begin_kib": "memory of a process, first",
             "rss_end_kib": "memory of a process, last",
             "shared_begin_kib": "shared memory, first",
             "shared_end_kib": "shared memory, last",
             "descriptors_begin": "descriptors, first",
             "descriptors_end": "descriptors, last"}
COST = {"cpu_ns_per_message_send": "CPU time of the sender",
        "cpu_ns_per_message_recv": "CPU time of the receiver",
        "syscalls_per_message": "system calls",
        "user_instructions_per_message": "user instructions",
        "allocations_per_message": "allocations",
        "voluntary_switches_per_message": "context switches, voluntary",
        "involuntary_switches_per_message": "context switches, involuntary",
        "page_faults_per_message": "page faults",
        "shared_memory_bytes": "shared memory of the object"}


def has_any(row, names):
    return row["status"] == "ok" and any(n in row["metrics"] for n in names)


def is_sync(files, row):
    return row["axes"]["size_bytes"] is None and has_any(row, SYNC)


def is_life(files, row):
    return has_any(row, LIFE)


def is_endurance(files, row):
    return has_any(row, ["drift_percent_per_min"])


@functools.cache
def cost_rows(files, placement):
    """The rows one way near 64 B that a short answer would be about."""
    group = main_group(files, "oneway", placement)
    rows = [r for r in files.rows.values() if group and is_ours(r) and
            (r["axes"]["scenario"], r["axes"]["placement"], r["axes"]["iface"],
             r["axes"]["wait"]) == ("oneway", *group)]
    sizes = sorted({r["axes"]["size_bytes"] for r in rows})
    near = min(sizes, key=lambda s: max(s / 64, 64 / s), default=None)
    return [r for r in rows if r["axes"]["size_bytes"] == near]


def is_cost(files, row):
    """On one CPU, unless more back-ends were measured elsewhere."""
    one, other = cost_rows(files, "1cpu"), cost_rows(files, None)
    width = [sum(r["status"] == "ok" for r in rows) for rows in (one, other)]
    return row in (one if one and width[0] >= width[1] else other)


# Of the table: section, may figures be ranked, metrics, rows, caption.
KINDS = {
    "sync": ("sync", True, SYNC, is_sync,
             "Synchronisation objects, by operation"),
    "life": ("lifecycle", True, LIFE, is_life,
             "From create to free, and after a kill"),
    "endurance": ("endurance", False, ENDURANCE, is_endurance,
                  "First and last part of a long run"),
    "cost": ("cost", False, COST, is_cost, "Per message")}


def row_text(row):
    axes = row["axes"]
    words = [axes["iface"], WORDS.get(axes["scenario"], axes["scenario"]),
             PLACES[axes["placement"]]]
    if axes["size_bytes"] is not None:
        words.append(size_text(axes["size_bytes"]))
    elif axes["producers"] > 1:
        words.append(f"{point_text(row)} processes")
    return ", ".join(words)


def lines_of(files, takes, names):
    """In the order of the page: (row, metric) to the rows of the back-ends."""
    lines, seen = {}, {}
    for row in files.rows.values():
        if is_ours(row) and takes(files, row):
            seen.setdefault((key_of(row), point_of(row)), row)
    for place, first in seen.items():
        alike = {r["axes"]["backend"]: r for r in files.rows.values()
                 if is_ours(r) and (key_of(r), point_of(r)) == place}
        for name in names:
            if any(files.metric(r, name) for r in alike.values()):
                lines[row_text(first), names[name]] = name, alike, first
    return lines


def check_cell(files, what, cell, row, name, best):
    text, notes = figure_cell(files, row, name)
    equal(what, (plain(cell["text"]), plain(cell["small"])),
          (text, "; ".join(notes)))
    equal(f"{what}, pointed at", cell["title"], figure_title(files, row, name))
    shown = files.metric(row, name) and \
        row["metrics"][name]["summary"]["median"] is not None
    missing = row is not None and row["status"] != "ok"
    backend = row["axes"]["backend"] if row else None
    equal(f"{what}: mark", [c for c in cell["class"].split() if c != "num"],
          ["marked"] if shown and backend in files.failing else
          ["best"] if backend in best else
          ["missing"] if missing else [])


def check_metric_table(page, files, kind):
    _, ranked, names, takes, caption = KINDS[kind]
    table, lines = f"metrics_{kind}", lines_of(files, takes, names)
    rows = page.tables.get(table, [])
    equal(table, [(plain(r[0]["text"]), plain(r[1]["text"])) for r in rows],
          list(lines))
    for row in rows:
        line = plain(row[0]["text"]), plain(row[1]["text"])
        if line not in lines:
            continue
        name, alike, first = lines[line]
        iface, rest = first["axes"]["iface"], first["id"].split("/", 2)[2]
        best = Ranking(files, iface, rest, name).best() if ranked else []
        for backend, cell in zip(page.heads[table][2:], row[2:]):
            check_cell(files, f"{table}, {', '.join(line)}, {backend}", cell,
                       alike.get(backend), name, best)
    if rows:
        columns_missing(page, files, table, lambda b: [
            figure_cell(files, alike.get(b), name)[0]
            for name, alike, _ in lines.values()], table, caption)


def failed_alone(files, kind, row):
    """A row that failed, and would have stood in the table: as if it had the
    figure it was to be judged by. A cost has the rows one way nearest to 64 B,
    if all of these failed."""
    axes = row["axes"]
    if kind != "cost":
        made = {**row, "status": "ok", "metrics": {row["headline"]: None}}
        return KINDS[kind][3](files, made)
    if axes["scenario"] != "oneway" or cost_rows(files, None):
        return False
    sizes = {r["axes"]["size_bytes"] for r in files.rows.values()
             if is_ours(r) and key_of(r) == key_of(row)}
    return axes["size_bytes"] == min(sorted(sizes),
                                     key=lambda s: max(s / 64, 64 / s))


def check_metric_remarks(page, files, kind):
    section, _, names, takes, _ = KINDS[kind]
    taken = [r for r in files.rows.values()
             if is_ours(r) and takes(files, r)]
    wanted = []
    for name, words in names.items():
        for row in taken:
            metric = files.metric(row, name) or {"summary": {}}
            why = metric["summary"].get("why", {}).get("median")
            if why and f"No {words}: {why}." not in wanted:
                wanted.append(f"No {words}: {why}.")
    keys = {key_of(row) for row in taken}
    wanted += [f"{row_text(r)}, {r['axes']['backend']}: {reason(r)}"
               for r in files.rows.values()
               if is_ours(r) and r["status"] != "ok" and
               (key_of(r) in keys or failed_alone(files, kind, r))]
    equal(f"remarks of {section}",
          [plain(s) for s in page.sentences.get(section, [])], wanted)


def check_metrics(page, files):
    for kind in KINDS:
        check_metric_table(page, files, kind)
        check_metric_remarks(page, files, kind)


def check_reasons(page, files):
    """A row that failed has its reason where its figure would stand, not in
    the table of every row only."""
    said = remarked(files)
    for row in files.rows.values():
        if is_ours(row) and row["status"] != "ok" and row["id"] not in said \
                and not any(failed_alone(files, kind, row) for kind in KINDS):
            fail(f"no section says why {row['id']} has no figure")


# ---- system calls by name ----

def calls_of(row):
    return (row["counts"] or {}).get("syscalls_per_message") if row else None


def calls_text(row, side, name):
    calls = calls_of(row)
    if not calls:
        return "–"
    return value_text(calls.get(side, {}).get(name, 0), "1")


def check_calls(page, files):
    taken = {r["axes"]["backend"]: r for r in files.rows.values()
             if is_ours(r) and is_cost(files, r)}
    lines = {}
    for row in taken.values():
        for side, words in (("send", "sender"), ("recv", "receiver")):
            for name in sorted((calls_of(row) or {}).get(side, {})):
                lines[name, words] = side
    rows = page.tables.get("calls", [])
    equal("calls", [(plain(r[0]["text"]), plain(r[1]["text"])) for r in rows],
          list(lines))
    for row in rows:
        line = plain(row[0]["text"]), plain(row[1]["text"])
        for backend, cell in zip(page.heads["calls"][2:], row[2:]):
            equal(f"calls, {', '.join(line)}, {backend}",
                  (plain(cell["text"]), cell["small"]),
                  (calls_text(taken.get(backend), lines.get(line), line[0]),
                   ""))
    if rows:
        columns_missing(page, files, "calls", lambda b: [
            calls_text(taken.get(b), side, name)
            for (name, _), side in lines.items()], "calls",
            "System calls per message, by name", "not counted")
