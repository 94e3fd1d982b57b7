# SPDX-License-Identifier: MIT
"""Sections that have rows of their own: by size, depth, idle time, load and
number of processes; managers and pools, fairness, competitors. Groups of rows
and their titles are made from the axes again. See sentences_read.py."""
import functools
import math
import re

from sentences_figures import (
    ORDER, PLACES, TIME, Ranking, advantage, baseline_of, baseline_words,
    check_line, count_text, equal, fail, figure_cell, figure_title, is_competitor, is_ours, level_of,
    plain, range_text, ratio_text, scale, size_text, times_of, value_text)

BYTES = 64  # the size that is measured in every mode

# A question: scenarios whose rows answer it, the metric that does.
TRIP = (("roundtrip",), "rtt_ns")
MESSAGES = (("oneway",), "messages_per_s")
PAIR = (("self_loop",), "pair_ns")
LOCK_TIME = (("lock_uncontended",), "pair_ns")
LOCK_RATE = (("lock_contended",), "acquires_per_s")
MANY = (("mpmc",), "messages_per_s")
CONSUMERS = (("mpmc",), "consumer_fairness")
LOAD = (("open_loop",), "latency_ns")
SERVICE = (("open_loop",), "service_ns")
DEPTH = (("depth",), "messages_per_s")
IDLE = (("wake_latency",), "latency_ns")
LEAST = (("lock_contended", "contended"), "least_share")
REQUEST = (("dict_get", "dict_set"), "request_ns")
TASKS = (("map",), "tasks_per_s")
MORE = {"mpmc": ["producer_fairness"], "lock_contended": ["fairness_jain"],
        "contended": ["fairness_jain"], "recovery_put": ["recovery_ns"],
        "recovery_get": ["recovery_ns"], "recovery": ["recovery_ns"],
        "start_join": ["start_join_ns"]}
WORDS = {"oneway": "one way", "roundtrip": "round trip", "dict_get": "get",
         "dict_set": "set", "lock_uncontended": "uncontended",
         "lock_contended": "contended", "handoff": "hand-off", "barrier_rounds": "rounds",
         "self_loop": "put and get in turn", "startup": "start-up",
         "recovery": "killed holder", "recovery_get": "killed in get",
         "recovery_put": "killed in put"}


def metrics_of(row):
    """The metrics by which a row answers a question."""
    scenario = row["axes"]["scenario"]
    return [name for scenarios, name in
            (TRIP, MESSAGES, PAIR, LOCK_TIME, LOCK_RATE, MANY, CONSUMERS, LOAD,
             SERVICE, DEPTH, IDLE, LEAST, REQUEST, TASKS)
            if scenario in scenarios] + MORE.get(scenario, [])


def clients_text(row):
    return count_text(row["axes"]["clients"], "client")


def point_of(row):
    """What varies inside a group."""
    axes = row["axes"]
    if axes["tasks"]:
        return axes["tasks"]
    if axes["load_percent"]:
        return axes["load_percent"]
    if axes["scenario"] == "mpmc":
        return (axes["producers"], axes["consumers"])
    if axes["scenario"] == "depth":
        return axes["depth"]
    if axes["scenario"] == "wake_latency":
        return axes["gap_ns"]
    if axes["size_bytes"]:
        return axes["size_bytes"]
    return axes["producers"] if axes["producers"] > 1 else -1


def point_text(row):
    axes, point = row["axes"], point_of(row)
    if axes["tasks"]:
        return f"{point:,}"
    if axes["load_percent"]:
        return f"{point} %"
    if axes["scenario"] == "mpmc":
        return f"{point[0]} to {point[1]}"
    if axes["scenario"] == "wake_latency":
        factor, unit = scale(point, TIME)
        return f"{point / factor:.3g} {unit}" if point else "none"
    if axes["scenario"] != "depth" and axes["size_bytes"]:
        return size_text(point)
    return str(point) if point != -1 else WORDS[axes["scenario"]]


def phrase(row):
    if row["axes"]["tasks"]:
        return "1 task" if point_of(row) == 1 else point_text(row) + " tasks"
    if row["axes"]["load_percent"]:
        return point_text(row) + " load"
    if row["axes"]["scenario"] in ("depth", "wake_latency"):
        word = "depth" if row["axes"]["scenario"] == "depth" else "idle time"
        return f"{word} {point_text(row)}"
    if row["axes"]["scenario"] in ("oneway", "roundtrip"):
        return point_text(row)
    return point_text(row) + " processes"


def key_of(row):
    a = row["axes"]
    return (a["iface"], a["scenario"], a["placement"], a["wait"], a["clients"])


class Group:
    """Rows that differ in back-end and point only."""

    def __init__(self, rows, metric):
        self.rows, self.metric, self.title, self.slug = rows, metric, "", ""
        self.points = sorted({point_of(r) for r in rows})

    def at(self, point):
        return [r for r in self.rows if point_of(r) == point]

    def rest(self, point):
        return self.at(point)[0]["id"].split("/", 2)[2]

    def row(self, backend, point):
        return next((r for r in self.at(point)
                     if r["axes"]["backend"] == backend), None)

    def near(self, wanted):
        """The point a short answer is about."""
        return min(self.points, key=lambda p: abs(math.log2(p / wanted))
                   if p else math.inf)

    def ranking(self, files, point):
        return Ranking(files, self.rows[0]["axes"]["iface"], self.rest(point),
                       self.metric)


@functools.lru_cache(maxsize=None)
def groups_of(files, question):
    return titled_groups(files, question, False)


@functools.lru_cache(maxsize=None)
def failed_groups(files, question):
    """Every row failed."""
    return [g for g in titled_groups(files, question, True)
            if not any(r["status"] == "ok" for r in g.rows)]


def titled_groups(files, question, failed):
    """Titles tell groups from each other; from those that failed, too?"""
    scenarios, metric = question
    found = {}
    for row in files.rows.values():
        if is_ours(row) and row["axes"]["scenario"] in scenarios:
            found.setdefault(key_of(row), []).append(row)
    groups = [Group(rows, metric) for rows in found.values()
              if any(files.metric(r, metric) for r in rows) or
              failed and all(r["status"] != "ok" for r in rows)]
    for group in groups:
        axes = group.rows[0]["axes"]
        words = [axes["iface"], PLACES[axes["placement"]]]
        if len({g.rows[0]["axes"]["scenario"] for g in groups}) > 1:
            words.append(WORDS.get(axes["scenario"], axes["scenario"]))
        if axes["wait"] == "spin":
            words.append("spinning")
        if len({g.rows[0]["axes"]["clients"] for g in groups}) > 1:
            words.append(clients_text(group.rows[0]))
        title = ", ".join(words)
        group.title = title[0].upper() + title[1:]
        slug = "_".join([axes["iface"], axes["placement"], *words[2:]])
        group.slug = re.sub("[^a-z0-9]+", "_", slug)
    return groups


def columns_missing(page, files, table, entries, what, caption=None,
                    why="not measured", more=()):
    """A back-end without a column has nothing to show: entries(backend). The
    caption names those without, and says nothing else that is not known."""
    columns = files.backends + list(more)
    left = [b for b in columns if b not in page.heads[table]]
    for backend in left:
        equal(f"{what}: no column for {backend}", entries(backend),
              ["–"] * len(entries(backend)))
    for backend in [b for b in columns if b not in left]:
        if all(e == "–" for e in entries(backend)):
            fail(f"{what}: the column of {backend} is empty")
    if caption is not None:
        equal(f"caption of {what}", plain(page.captions[table]),
              caption + (f" ({why}: {', '.join(left)})" if left else ""))


def group_baseline(files, group):
    """What the figures of a group are compared with, said once."""
    for row in group.rows:
        baseline = baseline_of(row, "machine")
        if baseline and baseline["times"] is not None and \
                row["headline"] == group.metric:
            return f"; baseline: {baseline_words(baseline)}"
    return ""


def check_group_tables(page, files, number, question, what=""):
    for group in groups_of(files, question):
        table = f"figures_{number}_{group.slug}"
        if table not in page.tables:
            fail(f"no table {table}")
            continue
        rows = page.tables[table]
        equal(table, [plain(r[0]["text"]) for r in rows],
              [point_text(group.at(p)[0]) for p in group.points])
        for row, point in zip(rows, group.points):
            check_line(files, f"{table} {point}", row[1:],
                       page.heads[table][1:], group.rows[0]["axes"]["iface"],
                       group.rest(point), group.metric)
        columns_missing(page, files, table, lambda b, g=group: [
            figure_cell(files, g.row(b, p), g.metric)[0] for p in g.points],
            table, f"{group.title}{': ' if what else ''}{what}"
            f"{group_baseline(files, group)}")


# Number of the question in ids of tables; words of captions: what the figures
# are, the tail, percentiles and at which point.
TABLES = [
    (0, TRIP, "", "", "round-trip time", 64),
    (1, MESSAGES, "", "", "", 0), (2, PAIR, "", "", "", 0),
    (3, LOCK_TIME, "", "", "", 0), (4, LOCK_RATE, "", "", "", 0),
    (5, MANY, "messages per second", "", "", 0),
    (8, LOAD, "median from the intended start",
     "99 % from the intended start", "from the intended start", 80),
    (9, SERVICE, "median from the actual start",
     "99 % from the actual start", "from the actual start", 80),
    (10, DEPTH, "", "99 %", "", 0),
    (11, IDLE, "", "99 %", "latency after the idle time", 10 ** 6)]


def check_groups(page, files):
    for number, question, what, tail, percentiles, point in TABLES:
        check_group_tables(page, files, number, question, what)
        for group in groups_of(files, question):
            if tail:
                check_tail(page, files, f"tail_{number}_{group.slug}", group,
                           tail)
            if percentiles:
                check_percentiles(page, files,
                                  f"percentiles_{number}_{group.slug}", group,
                                  group.near(point), percentiles)


def check_modes(page, files):
    for number, question in ((0, TRIP), (1, MESSAGES)):
        groups = {g.title: g for g in groups_of(files, question)
                  if BYTES in g.points}
        table = f"modes_{number}"
        rows = page.tables.get(table, [])
        equal(table, sorted(plain(r[0]["text"]) for r in rows),
              sorted(groups) if len(groups) > 1 else [])
        for row in rows:
            group = groups.get(plain(row[0]["text"]))
            if group:
                check_line(files, f"{table} {group.title}", row[1:],
                           page.heads[table][1:],
                           group.rows[0]["axes"]["iface"], group.rest(BYTES),
                           group.metric)
        if rows:
            columns_missing(page, files, table, lambda b, all_=groups: [
                figure_cell(files, g.row(b, BYTES), g.metric)[0]
                for g in all_.values()], table,
                f"{size_text(BYTES)} messages in every wait mode, batch and "
                "placement")


def limit_text(files):
    return f"< {value_text(files.limit, 'ns')}"


def tail_text(files, row, name):
    metric = files.metric(row, name)
    if metric and metric["summary"].get("p99") is not None:
        return value_text(metric["summary"]["p99"], "ns")
    return limit_text(files) if metric and metric.get("timing") == "mean" else "–"


def check_tail(page, files, table, group, what):
    wanted = {p: {b: tail_text(files, group.row(b, p), group.metric)
                  for b in files.backends} for p in group.points}
    some = any(t != "–" and not t.startswith("<")
               for line in wanted.values() for t in line.values())
    equal(f"is there {table}", table in page.tables, some)
    rows = page.tables.get(table, [])
    equal(f"lines of {table}", len(rows), len(group.points) if some else 0)
    for row, point in zip(rows, group.points):
        equal(f"{table} {point}", [plain(c["text"]) for c in row],
              [point_text(group.at(point)[0])] +
              [wanted[point][b] for b in page.heads[table][1:]])
    if some:
        columns_missing(page, files, table, lambda b: [
            line[b] for line in wanted.values()], table,
            f"{group.title}: {what}")


def percentile_text(files, summary, key, share):
    if summary[key] is not None:
        return value_text(summary[key], "ns")
    if (1 - share) * summary["trips"] < 10:
        return "–too few"
    return limit_text(files)


def check_percentiles(page, files, table, group, point, what):
    wanted = []
    for backend in ORDER:
        metric = files.metric(group.row(backend, point), group.metric)
        s = metric["summary"] if metric else None
        if s and (s["p90"] is not None or s["p99"] is not None):
            wanted.append([backend, str(s["trips"])] + [
                percentile_text(files, s, key, share) for key, share in
                (("p50", .5), ("p90", .9), ("p99", .99), ("p99_9", .999),
                 ("p99_99", .9999), ("trip_max", 1))])
    equal(table, [[plain(c["text"] + c["small"]) for c in r]
                  for r in page.tables.get(table, [])], wanted)
    if wanted:
        equal(f"caption of {table}", plain(page.captions[table]),
              f"{group.title}, {phrase(group.at(point)[0])}: percentiles, "
              f"{what}")


# ---- managers and pools ----

def competitor_like(files, row):
    """CPython's row for the same."""
    return next((r for r in files.rows.values() if is_competitor(r) and
                 key_of(r)[1:] == key_of(row)[1:] and
                 point_of(r) == point_of(row)), None)


def layer_cell(files, row, name, of):
    text, notes = figure_cell(files, row, name)
    if of and row and files.metric(row, name) and name == row["headline"] and \
            times_of(row, "raw") is not None:
        notes.append(f"{ratio_text(times_of(row, 'raw'))} × {of}")
        return text, "; ".join(notes), baseline_of(row, "raw")["name"]
    return text, "; ".join(notes), figure_title(files, row, name)


def request_text(row):
    axes = row["axes"]
    return f"{WORDS[axes['scenario']]}, {PLACES[axes['placement']]}, " \
        f"{size_text(axes['size_bytes'])}, {clients_text(row)}"


def check_layer(page, files, table, question, name, of, text, caption):
    lines = {}
    for group in groups_of(files, question):
        for point in group.points:
            cells = {b: layer_cell(files, group.row(b, point), name, of)
                     for b in files.backends}
            rest, iface = group.rest(point), group.rows[0]["axes"]["iface"]
            best = Ranking(files, iface, rest, name).best()
            like = group.at(point)[0]
            cells["CPython"] = layer_cell(
                files, competitor_like(files, like), name, None)
            lines[text(like)] = cells, best
    rows = page.tables.get(table, [])
    equal(table, sorted(plain(r[0]["text"]) for r in rows), sorted(lines))
    for row in rows:
        line = plain(row[0]["text"])
        if line not in lines:
            continue
        cells, best = lines[line]
        for head, cell in zip(page.heads[table][1:], row[1:]):
            what = f"{table}, {line}, {head}"
            equal(what, (plain(cell["text"]), plain(cell["small"]),
                         cell["title"]), cells[head])
            equal(f"{what}: mark", "best" in cell["class"], head in best)
    if rows:
        columns_missing(page, files, table,
                        lambda b: [c[b][0] for c, _ in lines.values()], table,
                        caption, more=competitors_of(files, question))


def competitors_of(files, question):
    """CPython's column is there if CPython was measured."""
    return ["CPython"] if any(
        is_competitor(r) and r["axes"]["scenario"] in question[0] and
        files.metric(r, question[1]) for r in files.rows.values()) else []


def check_manager(page, files):
    check_layer(page, files, "manager_requests", REQUEST, "request_ns",
                "connection", request_text,
                "Time of a request to a manager's dict and its reply; "
                "connection: a round trip of the back-end's connection with "
                "as many bytes each way")
    check_layer(page, files, "manager_rates", REQUEST, "requests_per_s",
                "connection", request_text,
                "Requests per second of all clients together")
    check_layer(page, files, "pool_tasks", TASKS, "tasks_per_s", "queue",
                point_text,
                "Tasks per second of a map, chunks of one; queue: how many "
                "messages of 64 B the back-end's queue carries one way in the "
                "time of a task")
    check_layer(page, files, "pool_task", TASKS, "task_ns", "queue",
                point_text, "Time of a map divided by its tasks")


# ---- fairness ----

def check_fairness(page, files):
    wanted = {}
    for question, what, other, words in (
            (LEAST, "least served", "fairness_jain", "Jain"),
            (CONSUMERS, "consumers, Jain", "producer_fairness", "producers")):
        for group in groups_of(files, question):
            for point in group.points:
                name = f"{group.title}, {phrase(group.at(point)[0])}"
                wanted[name, what] = group, point, other, words
    rows = page.tables.get("fairness", [])
    equal("fairness", sorted((plain(r[0]["text"]), plain(r[1]["text"]))
                             for r in rows), sorted(wanted))
    for row in rows:
        name = plain(row[0]["text"]), plain(row[1]["text"])
        if name not in wanted:
            continue
        group, point, other, words = wanted[name]
        best = group.ranking(files, point).best()
        for backend, cell in zip(page.heads["fairness"][2:], row[2:]):
            mine = group.row(backend, point)
            note, second = "", files.metric(mine, other)
            if files.metric(mine, group.metric) and second:
                note = f"{words} {value_text(second['summary']['median'], '1')}"
            what = f"fairness, {name}, {backend}"
            equal(what, (plain(cell["text"]), plain(cell["small"])),
                  (figure_cell(files, mine, group.metric)[0], note))
            equal(f"{what}: mark", "best" in cell["class"], backend in best)
    if rows:
        columns_missing(page, files, "fairness", lambda b: [
            figure_cell(files, g.row(b, p), g.metric)[0]
            for g, p, *_ in wanted.values()], "fairness",
            "How evenly processes were served; 1 is even")


# ---- competitors ----

def competitor_iface(row):
    scenario, name = row["axes"]["scenario"], row["axes"]["backend"]
    return {"lock_uncontended": "lock", "dict_get": "manager",
            "dict_set": "manager", "map": "pool"}.get(
                scenario, "pipe" if "pipe" in name else "queue")


def competitor_title(row):
    axes = row["axes"]
    words = [competitor_iface(row).capitalize(),
             WORDS.get(axes["scenario"], axes["scenario"]),
             PLACES[axes["placement"]]]
    if axes["size_bytes"]:
        words.append(size_text(axes["size_bytes"]))
    if axes["clients"]:
        words.append(clients_text(row))
    if axes["tasks"]:
        words.append(phrase(row))
    return ", ".join(words)


def surely(ours, theirs):
    """1: certainly better; -1: worse; 0: the intervals overlap."""
    if not level_of(ours) or not level_of(theirs):
        return 0
    a, b = ours["summary"], theirs["summary"]
    sign = 1 if ours["better"] == "higher" else -1
    return sign if a["ci_lo"] > b["ci_hi"] else \
        -sign if a["ci_hi"] < b["ci_lo"] else 0


def compared(files, row, backend, name):
    """Text, small print and mark of a back-end next to a competitor."""
    iface = competitor_iface(row)
    key = (iface, *key_of(row)[1:])
    mine = [r for r in files.rows.values() if key_of(r) == key]
    if not any(files.metric(r, name) for r in mine):
        return "–", "", ""
    own = next((r for r in mine if r["axes"]["backend"] == backend and
                point_of(r) == point_of(row)), None)
    ours, theirs = files.metric(own, name), files.metric(row, name)
    if not ours:
        return figure_cell(files, own, name)[0], "", ""
    moved = (own["state"] or "") != (row["state"] or "")
    note = value_text(ours["summary"]["median"], ours["unit"]) + \
        (f", CPUs {own['state']}" if moved else "")
    sure = 0 if moved else surely(ours, theirs)
    return ratio_text(advantage(ours, theirs)), note, \
        {1: "good", 0: "", -1: "open"}[sure]


def check_competitors(page, files):
    wanted = {}
    for row in files.rows.values():
        if is_competitor(row) and row["status"] == "ok" and \
                row["axes"]["scenario"] != "start_join":
            wanted[competitor_title(row), row["axes"]["backend"]] = row
    rows = page.tables.get("competitors_compared", [])
    equal("competitors", sorted((plain(r[0]["text"]), plain(r[1]["text"]))
                                for r in rows), sorted(wanted))
    for row in rows:
        name = plain(row[0]["text"]), plain(row[1]["text"])
        if name not in wanted:
            continue
        theirs = wanted[name]
        metric = theirs["metrics"][theirs["headline"]]
        s = metric["summary"]
        equal(f"{name}", (plain(row[2]["text"]), plain(row[2]["small"])),
              (value_text(s["median"], metric["unit"]),
               range_text(s["ci_lo"], s["ci_hi"], metric["unit"])
               if level_of(metric) else ""))
        for backend, cell in zip(page.heads["competitors_compared"][3:],
                                 row[3:]):
            text, note, mark = compared(files, theirs, backend,
                                        theirs["headline"])
            equal(f"{name} {backend}",
                  (plain(cell["text"]), plain(cell["small"]),
                   next((m for m in ("good", "open") if m in cell["class"]),
                        "")), (text, note, mark))
    if rows:
        columns_missing(page, files, "competitors_compared", lambda b: [
            compared(files, r, b, r["headline"])[0] for r in wanted.values()],
            "competitors", "How many times as good as the competitor")
    libraries = [c for d in files.documents for c in d.get("competitors", [])]
    equal("libraries", [[plain(c["text"] + c["small"]) for c in r] for r in
                        page.tables.get("competitor_versions", [])],
          [[c["name"], c["version"] or "not installed" + c["reason"],
            c["bound"] or "–"] for c in libraries])


# ---- remarks under charts ----

REMARKS = {"self_loop": [PAIR], "depth": [DEPTH], "wake_latency": [IDLE],
           "throughput": [MESSAGES], "round_trip": [TRIP], "mpmc": [MANY],
           "open_loop": [LOAD, SERVICE], "locks": [LOCK_TIME, LOCK_RATE],
           "manager": [REQUEST], "pool": [TASKS],
           "fairness": [LEAST, CONSUMERS]}


def reason(row):
    return f"{row['status'].replace('host_limit', 'host limit')}: {row['reason']}"


def remarked(files):
    """Ids of the rows whose reason stands below a chart if they fail."""
    return {row["id"] for questions in REMARKS.values() for q in questions
            for group in groups_of(files, q) + failed_groups(files, q)
            for row in group.rows}


def check_remarks(page, files):
    for section, questions in REMARKS.items():
        wanted = set()
        for question in questions:
            groups = groups_of(files, question) + \
                failed_groups(files, question)
            rows = [(g, r) for g in groups for r in g.rows]
            for backend, count in files.failing.items():
                if any(r["axes"]["backend"] == backend and
                       files.metric(r, question[1]) for _, r in rows):
                    wanted.add(f"{backend} is marked: it fails "
                               f"{count_text(count, 'CORE clause')}, so its "
                               "figures are not ranked.")
            for group, row in rows:
                point = "" if point_of(row) == -1 else f", {point_text(row)}"
                if row["status"] != "ok":
                    wanted.add(f"{group.title}, {row['axes']['backend']}"
                               f"{point}: {reason(row)}")
        equal(f"remarks of {section}",
              sorted(plain(s) for s in page.sentences.get(section, [])),
              sorted(wanted))
    equal("remarks of competitors",
          sorted(plain(s) for s in page.sentences.get("competitors", [])),
          sorted({f"{r['axes']['backend']}: {reason(r)}"
                  for r in files.rows.values()
                  if is_competitor(r) and r["status"] != "ok"}))
