# SPDX-License-Identifier: MIT
"""Charts: which of them the result files call for, in which section and in
which order, and what their captions and titles say. The picture is gnuplot's;
of its texts the title is read. See sentences_read.py."""
import html
import math
import re

from sentences_figures import (
    ENOUGH, ORDER, PLACES, baseline_of, count_text, equal, is_competitor,
    is_ours, main_group, plain, size_text)
from sentences_metrics import calls_of, is_cost
from sentences_sections import (
    BYTES, CONSUMERS, DEPTH, IDLE, LEAST, LOAD, LOCK_RATE, LOCK_TIME, MANY,
    MESSAGES, PAIR, REQUEST, TASKS, TRIP, WORDS, competitor_iface,
    competitor_like, competitor_title, groups_of, key_of, phrase, point_of)

LARGE = 65536
SLICES = 100  # of the run; a shorter one has no chart
SEEN = 0.02  # calls per message that make a bar
MARKERS = "●■▲▼◆⬟"
NO_GNUPLOT = "There are no charts because gnuplot was not found; the tables " \
    "hold the same figures. Install it with apt-get install gnuplot-nox."

# Lines: question, section, is x a size, what y is, caption.
LINES = [
    (TRIP, "round_trip", True, "round-trip time",
     "Time until the answer to a message is back; the whole round trip"),
    (MESSAGES, "throughput", True, "messages per second",
     "Messages per second, counted at the receiver"),
    (MANY, "mpmc", False, "messages per second, all together",
     "Messages per second of all processes together"),
    (PAIR, "self_loop", True, "put and get",
     "One process puts a message and gets it"),
    (REQUEST, "manager", True, "time of a request",
     "Time until the reply to a request is back"),
    (DEPTH, "depth", False, "messages per second",
     "Messages per second by queue depth, counted at the receiver"),
    (IDLE, "wake_latency", False, "latency after idle",
     "Latency of a message that follows an idle period")]


def in_order(groups):
    """What is plain first; queue before pipe, two CPUs before one."""
    def rank(group):
        a = group.rows[0]["axes"]
        return (a["wait"] == "spin", [-ord(c) for c in a["iface"]] + [0],
                a["scenario"], a["clients"] or 0,
                list(PLACES).index(a["placement"]))
    return sorted(groups, key=rank)


def median(files, row, name):
    metric = files.metric(row, name)
    value = metric["summary"]["median"] if metric else None
    return value if value is not None and value > 0 else None


def n_text(numbers):
    text = count_text(max(numbers), "repetition")
    if min(numbers) < max(numbers):
        text = f"{min(numbers)} to {text}"
    few = ", too few for an interval" if max(numbers) < ENOUGH else \
        "; a row of fewer than five has no interval" \
        if min(numbers) < ENOUGH else ""
    return f"median of {text}{few}"


def method(files, group):
    return n_text([files.metric(r, group.metric)["summary"]["n"]
                   for r in group.rows if files.metric(r, group.metric)])


def head(files, group, words):
    return f"{group.title}. {words}; {method(files, group)}."


# Each of these yields (section, caption, title) in the order of the page.

def lines(files):
    for question, section, by_size, what, words in LINES:
        for group in in_order(groups_of(files, question)):
            names = [b for b in ORDER if sum(
                median(files, group.row(b, p), group.metric) is not None and
                (group.row(b, p)["axes"]["clients"] or 0) < 2
                for p in group.points) > 1]
            if len(names) > 1:
                yield (section, head(files, group, words),
                       f"{group.title}: {what}")


def locks(files):
    for question, what, words in (
            (LOCK_TIME, "uncontended acquire and release",
             "Acquire and release by one process"),
            (LOCK_RATE, "acquires per second",
             "Acquires per second of all processes together")):
        for group in in_order(groups_of(files, question)):
            first = next(r for r in group.rows
                         if files.metric(r, group.metric))
            baseline = baseline_of(first, "machine")
            title = f"{group.title}: {what}"
            if baseline and baseline["times"] is not None:
                title += " (x baseline)"
            if group.points[0] != -1:
                title += ", by processes" if len(group.points) > 1 else \
                    f", {phrase(group.rows[0])}"
            yield "locks", head(files, group, words), title


KEYS = ("p50", "p90", "p99", "p99_9", "p99_99")


def tail_points(files, row, name):
    metric = files.metric(row, name)
    s = metric["summary"] if metric else {}
    return [key for key in KEYS if (s.get(key) or 0) > 0]


def tick(size):
    """A size in bytes, as short as on an axis."""
    for factor, unit in ((2 ** 20, "M"), (2 ** 10, "K")):
        if size % factor == 0:
            return f"{size // factor}{unit}"
    return str(size)


def percentiles(files):
    for group in in_order(groups_of(files, TRIP)):
        point = group.near(BYTES)
        found = [tail_points(files, group.row(b, point), group.metric)
                 for b in ORDER]
        if any("p99" in keys and len(keys) > 1 for keys in found):
            yield ("round_trip", f"{group.title}. Percentiles of all round "
                   "trips, as far as their number supports them.",
                   f"{group.title}, {tick(point)} bytes: percentiles")


def open_loop(files):
    for group in in_order(groups_of(files, LOAD)):
        for key, words, what in (
                ("p50", "Half of the messages are faster",
                 "median latency under load"),
                ("p99", "99 of 100 messages are faster",
                 "99 % latency under load")):
            if any(sum(key in tail_points(files, group.row(b, p),
                                          group.metric) and
                       median(files, group.row(b, p), "offered_per_s")
                       is not None for p in group.points) > 1 for b in ORDER):
                yield ("open_loop", head(files, group, words),
                       f"{group.title}: {what}")


def overhead(files):
    for question in (MESSAGES, TRIP):
        for group in in_order(groups_of(files, question)):
            point = group.near(BYTES)
            some = [b for row in group.at(point) if row["status"] == "ok"
                    for b in [baseline_of(row, "raw")] if b and b["times"]]
            words = WORDS[group.rows[0]["axes"]["scenario"]]
            if some:
                yield ("overhead", f"{group.title}, {words}. Times the raw "
                       "mechanism, which is the dashed line: further right is "
                       "slower.", f"{group.title}, {size_text(point)}, "
                       f"{words}: times the mechanism")


def is_drawn_next(files, rows, name):
    """Is CPython's row for the same next to one of ours?"""
    return any(median(files, competitor_like(files, r), name) is not None
               for r in rows if median(files, r, name) is not None)


def processes(files):
    rows = [r for r in files.rows.values()
            if median(files, r, "start_join_ns") is not None]
    if rows:
        hollow = any(r["axes"]["backend"] != "process" for r in rows)
        yield ("process", "Start and join of a process that does nothing." +
               (" Hollow: without the library." if hollow else ""),
               "Start and join of a process")


def managers(files):
    done = []
    for group in in_order(groups_of(files, REQUEST)):
        axes = group.rows[0]["axes"]
        key = axes["scenario"], axes["placement"]
        if key in done:
            continue
        done.append(key)
        rows = [r for g in groups_of(files, REQUEST) for r in g.rows
                if (r["axes"]["scenario"], r["axes"]["placement"]) == key and
                r["axes"]["size_bytes"] == BYTES]
        words, place = WORDS[key[0]], PLACES[key[1]]
        hollow = " Hollow: CPython." \
            if is_drawn_next(files, rows, "requests_per_s") else ""
        if any(median(files, r, "requests_per_s") is not None for r in rows):
            yield ("manager", f"Requests per second of all clients together: "
                   f"{words} of values of 64 B, {place}.{hollow}",
                   f"Manager, {place}, {words}: requests per second")


def pools(files):
    for group in in_order(groups_of(files, TASKS)):
        hollow = "; hollow: CPython" \
            if is_drawn_next(files, group.rows, "tasks_per_s") else ""
        yield ("pool", head(files, group, "Tasks per second of a map, by the "
                            f"number of its tasks{hollow}"),
               f"{group.title}: tasks per second of a map")


def competitor_sets(files):
    """Rows of competitors that stand in one chart, by its title."""
    sets = {}
    for row in files.rows.values():
        scenario = row["axes"]["scenario"]
        if is_competitor(row) and row["status"] == "ok" and scenario in (
                "oneway", "roundtrip", "lock_uncontended"):
            sets.setdefault(competitor_title(row), []).append(row)

    def rank(rows):
        a = rows[0]["axes"]
        iface = competitor_iface(rows[0])
        return (("oneway", "roundtrip", "lock_uncontended").index(
            a["scenario"]), iface == "pipe", a["placement"] == "1cpu",
            point_of(rows[0]))
    return sorted(sets.values(), key=rank)


def is_nearest(sets, rows, wanted):
    def distance(other):
        return abs(math.log2(point_of(other[0]) / wanted))

    def kind(other):
        return competitor_iface(other[0]), key_of(other[0])[1:4]
    return not any(kind(other) == kind(rows) and
                   distance(other) < distance(rows) for other in sets)


def competitors(files):
    sets = competitor_sets(files)
    for rows in sets:
        like = rows[0]
        name = like["headline"]
        key = (competitor_iface(like), *key_of(like)[1:])
        ours = [r for r in files.rows.values() if key_of(r) == key and
                is_ours(r) and point_of(r) == point_of(like) and
                median(files, r, name) is not None]
        shown = not like["axes"]["size_bytes"] or \
            is_nearest(sets, rows, BYTES) or is_nearest(sets, rows, LARGE)
        if not ours or not shown:
            continue
        title = competitor_title(like)
        n = n_text([files.metric(r, name)["summary"]["n"]
                    for r in ours + rows])
        yield ("competitors", f"{title}; {n}. Filled: back-ends. Hollow: "
               "competitors.", title)


def fairness(files):
    for question, words, what in (
            (LEAST, "Filled: what the least served process got, as a share of "
             "an even split. Hollow: Jain's index",
             "share of the least served"),
            (CONSUMERS, "Jain's index. Filled: consumers. Hollow: producers",
             "fairness between consumers")):
        for group in in_order(groups_of(files, question)):
            yield ("fairness", head(files, group, words),
                   f"{group.title}: {what}")


def tails(files):
    for group in in_order(groups_of(files, LOAD)):
        loads = {group.near(load) for load in (50, 80, 95)}
        for backend in ORDER:
            if any(len(tail_points(files, group.row(backend, load),
                                   group.metric)) > 1 for load in loads):
                yield ("open_loop", f"{backend}, {group.title}. Solid: from "
                       "the actual start of a message; dashed: from its "
                       "intended start. The lines are named by load.",
                       f"{backend}, {group.title}: latency under load")


# ---- the run as a whole ----

def samples_of(files, row):
    metric = files.metric(row, row["headline"]) if row else None
    return metric["samples"] if metric else []


SERIES = "All samples, each divided by the median of its row: above 1 it was " \
    "slower than usual. The line is the median of a hundredth of the run, the " \
    "band holds four fifths of it. A machine that warms up, slows down or is " \
    "shared shows here."
STATES = "Whether the two CPUs had a cache in common when samples were taken, " \
    "by a latency probe before and after each."


def noise(files):
    runs = [one for one in files.documents if one["run"]["verb"] != "check"]
    samples = [s for row in files.rows.values()
               for s in samples_of(files, row)]
    if len(runs) != 1 or len(samples) < SLICES:
        return
    yield ("noise", SERIES, "Samples divided by the median of their row, in "
           "the order they were taken")
    if any(s.get("state") for s in samples):
        yield ("noise", STATES, "Cache state of the two CPUs, in the order "
               "samples were taken")
    for question, scenario, what in (
            (MESSAGES, "oneway", "messages per second"),
            (TRIP, "roundtrip", "round-trip time")):
        for place in PLACES:
            yield from every_sample(files, question, scenario, place, what)


def every_sample(files, question, scenario, place, what):
    main = main_group(files, scenario, place)
    group = next((g for g in groups_of(files, question)
                  if main and [g.rows[0]["axes"][k] for k in (
                      "placement", "iface", "wait")] == list(main)), None)
    if not group:
        return
    point = group.near(BYTES)
    samples = [s for r in group.at(point) for s in samples_of(files, r)]
    if not samples:
        return
    states = {s.get("state") for s in samples}
    signs = [text for state, text in (
        ("separate_cache", "hollow: the CPUs had separate caches"),
        ("changed", "a cross: discarded")) if state in states]
    key = "; ".join(signs)
    yield ("noise", f"{group.title}, {what}: every sample." +
           (f" {key[0].upper()}{key[1:]}." if key else ""),
           f"{group.title}, {tick(point)} bytes, {what}: each sample")


def calls(files):
    rows = [r for r in files.rows.values() if is_ours(r) and is_cost(files, r)]
    if any(n >= SEEN for r in rows for side in (calls_of(r) or {}).values()
           for n in side.values()):
        group = next(g for g in groups_of(files, MESSAGES)
                     if rows[0] in g.rows)
        yield ("cost", "System calls per message by name, counted in a "
               "separate pass: first the sender's, then the receiver's. Grey: "
               "calls that only some messages need, to sleep, wake or yield.",
               f"{group.title}, {size_text(point_of(rows[0]))}: system calls "
               "per message")


ALL = (lines, locks, percentiles, open_loop, overhead, processes, managers,
       pools, competitors, fairness, tails, noise, calls)


# ---- the main charts stand in a section of their own ----

def main_heads(files):
    """How their captions begin, in the order of their questions."""
    for scenario, question, section, words in (
            ("oneway", MESSAGES, "throughput", LINES[1][4]),
            ("roundtrip", TRIP, "round_trip", LINES[0][4]),
            ("open_loop", LOAD, "open_loop", "99 of 100 messages are faster"),
            ("mpmc", MANY, "mpmc", LINES[2][4])):
        groups = groups_of(files, question)
        main = main_group(files, scenario) \
            if scenario in ("oneway", "roundtrip") else None
        for group in in_order(groups):
            if not main or main == tuple(group.rows[0]["axes"][k] for k in (
                    "placement", "iface", "wait")):
                yield section, head(files, group, words)
                break


def wanted_charts(files):
    found = [chart for part in ALL for chart in part(files)]
    charts = []
    for start in main_heads(files):
        for chart in found:
            if chart[:2] == start:
                charts.append(("charts", *chart[1:]))
                found.remove(chart)
                break
    return charts + found


def by_section(charts):
    sections = {}
    for section, *rest in charts:
        sections.setdefault(section, []).append(tuple(rest))
    return sections


def check_charts(page, files):
    wanted = wanted_charts(files)
    if not files.drawn:
        equal("charts", page.figures, [])
        equal("notice", [s for s in page.sentences.get("caveats", [])
                         if "gnuplot" in s], [NO_GNUPLOT] if wanted else [])
        return
    got = []
    for figure in page.figures:
        picture = figure.pictures[0] if len(figure.pictures) == 1 else ("", "")
        caption = plain(figure.caption)
        equal("what stands for the picture", plain(picture[0] or ""), caption)
        texts = [html.unescape(t).replace("\u00a0", " ") for t in
                 re.findall("<text>([^<]*)</text>", picture[1])]
        title = next((t for s, c, t in wanted
                      if (s, c) == (figure.section, caption)), None)
        equal(f"title of the picture “{caption}”",
              [t for t in texts if t == title], [title])
        got.append((figure.section, caption))
    sections, right = by_section(got), by_section(w[:2] for w in wanted)
    for section in {**sections, **right}:
        equal(f"charts of {section}", sections.get(section, []),
              right.get(section, []))
    pictures = [p[1] for f in page.figures for p in f.pictures]
    equal("pictures that are there twice", len(pictures), len(set(pictures)))
    equal("captions that are there twice",
          len(got), len({caption for _, caption in got}))
    check_key(page, files)


def check_key(page, files):
    """The colours are explained once, above the main charts."""
    key = [f"{MARKERS[i % len(MARKERS)]} {b}"
           for i, b in enumerate(files.backends)] + \
        ["- - baseline of the machine"]
    equal("key of the colours",
          [plain(s) for s in page.sentences.get("charts", [])],
          key if "charts" in page.order else [])
    equal("is there a section of main charts", "charts" in page.order,
          any(f.section == "charts" for f in page.figures))
