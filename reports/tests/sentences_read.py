# SPDX-License-Identifier: MIT
"""Does each sentence and each table cell of a page say what its result files
say? An independent reader: it shares no code with the report, computes every
ranking, figure and interval from the files again, and knows each sentence that
may stand in the answer and in the caveats; one that it does not know is a
failure, too.
sentences_read.py FOLDER: reads NN-*.json and NN.html of the folder"""
import glob
import json
import math
import re
import sys
from html.parser import HTMLParser

LEVEL, LEAST, FAR, ENOUGH = 0.93, 1.03, 6, 5
ORDER = ["pipe", "socketpair", "sysv_msg", "posix_mq", "shm_ring"]
KERNEL = ORDER[:4]
PLACES = {"2cpu": "two CPUs", "1cpu": "one CPU"}
failures = 0


def fail(what):
    global failures
    failures += 1
    if failures <= 40:
        print(what)


def equal(what, got, wanted):
    if got != wanted:
        fail(f"{what}: the page says\n  {got!r}, the files\n  {wanted!r}")


# ---- the page ----

class Page(HTMLParser):
    """Tables by id: rows of (text, small, classes); lists of sentences by the
    id of their section; the heading."""

    def __init__(self, text):
        super().__init__()
        self.tables, self.sentences, self.h1 = {}, {}, ""
        self.captions, self.heads, self.answers = {}, {}, []
        self.table = self.cell = self.item = self.section = None
        self.into = None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        a = dict(attributes)
        if tag == "section":
            self.section = a.get("id")
        elif tag == "table":
            self.table = a["id"][2:]
            self.tables[self.table], self.heads[self.table] = [], []
        elif tag == "tr" and self.table:
            self.tables[self.table].append([])
        elif tag in ("td", "th") and self.table:
            self.cell = {"text": "", "small": "", "class": a.get("class", ""),
                         "head": a.get("scope") == "col"}
            self.into = "text"
        elif tag == "small":
            self.into = "small"
        elif tag == "h1":
            self.into = "h1"
        elif tag == "li":
            self.item = ""
        elif tag == "caption":
            self.into = "caption"
            self.captions[self.table] = ""
        elif tag == "i" and self.cell is not None:
            self.into = None
        elif tag in ("script", "style"):
            self.into = "nothing"

    def handle_endtag(self, tag):
        if tag in ("td", "th") and self.cell is not None:
            if self.cell["head"]:
                self.heads[self.table].append(self.cell["text"])
            else:
                self.tables[self.table][-1].append(self.cell)
            self.cell = self.into = None
        elif tag == "table":
            self.tables[self.table] = [r for r in self.tables[self.table] if r]
            self.table = None
        elif tag in ("small", "i") and self.cell is not None:
            self.into = "text"
        elif tag in ("h1", "caption"):
            self.into = None
        elif tag == "li" and self.item is not None:
            self.sentences.setdefault(self.section, []).append(self.item)
            self.item = None

    def handle_data(self, data):
        if self.into == "h1":
            self.h1 += data
        elif self.into == "caption":
            self.captions[self.table] += data
        elif self.cell is not None and self.into:
            self.cell[self.into] += data
        elif self.item is not None:
            self.item += data


def plain(text):
    return text.replace("\u00a0", " ").strip()


# ---- figures, printed as the page is to print them ----

def digits(value):
    size = abs(value)
    if size == 0:
        return "0"
    return f"{value:.0f}" if size >= 99.95 else \
        f"{value:.1f}" if size >= 9.995 else f"{value:.2f}"


def scale(value, steps):
    for factor, unit in steps[:-1]:
        if abs(value) >= factor * 0.9995:
            return factor, unit
    return steps[-1]


TIME = [(1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1, "ns")]
RATE = [(1e9, "G/s"), (1e6, "M/s"), (1e3, "k/s"), (1, "/s")]
WORDS = [(1e9, "billion "), (1e6, "million "), (1e3, "thousand "), (1, "")]
BYTES = [(2 ** 30, "GiB"), (2 ** 20, "MiB"), (2 ** 10, "KiB"), (1, "B")]
BYTES_S = [(f, u + "/s") for f, u in BYTES]


def steps_of(unit):
    return {"ns": TIME, "1/s": RATE, "B/s": BYTES_S}.get(unit)


def value_text(value, unit):
    steps = steps_of(unit)
    if not steps:
        return digits(value)
    factor, name = scale(value, steps)
    return f"{digits(value / factor)} {name}"


def range_text(low, high, unit):
    steps = steps_of(unit)
    if not steps:
        return f"{digits(low)} to {digits(high)}"
    factor, name = scale(max(low, high), steps)
    return f"{digits(low / factor)} to {digits(high / factor)} {name}"


def size_text(size):
    factor, unit = scale(size, BYTES)
    value = size / factor
    return f"{value:.0f} {unit}" if value == int(value) else f"{value:.1f} {unit}"


def ratio_text(ratio):
    return f"{ratio:.0f}" if ratio >= 9.95 else \
        f"{ratio:.1f}" if ratio >= 1.095 else f"{ratio:.2f}"


def figure_text(row, name, bandwidth=False):
    metric = row["metrics"][name]
    median = metric["summary"]["median"]
    things = {"messages_per_s": "messages/s", "acquires_per_s": "acquires/s",
              "tasks_per_s": "tasks/s"}
    if bandwidth:
        text = value_text(median * row["axes"]["size_bytes"], "B/s")
    elif name in things:
        factor, word = scale(median, WORDS)
        text = f"{digits(median / factor)} {word}{things[name]}"
    else:
        text = value_text(median, metric["unit"])
    return text + (", a mean" if is_mean(metric) else "")


def is_mean(metric):
    return metric.get("timing") in ("block", "mean")


def bare_text(row, name):
    for baseline in row["baselines"]:
        if baseline["kind"] == "raw" and name == row["headline"]:
            return f", {ratio_text(baseline['times'])} × bare"
    return ""


# ---- rankings ----

class Files:
    def __init__(self, paths):
        self.rows, self.cases, self.limit, self.selection = {}, [], None, False
        self.checked = False
        for path in paths:
            with open(path) as file:
                one = json.load(file)
            for row in one["cells"]:
                self.rows[row["id"]] = row
            self.cases += one["cases"]
            m = one["method"]
            self.limit = m["clock_step_ns"] * m["clock_steps_min"]
            self.selection |= " --filter" in one["run"]["command"]
        self.failing = {}
        for case in self.cases:
            if case["level"] == "CORE" and case["verdict"] in "FDCTX":
                self.failing[case["backend"]] = \
                    self.failing.get(case["backend"], 0) + 1

    def row(self, iface, backend, rest):
        return self.rows.get(f"{iface}/{backend}/{rest}")

    def metric(self, row, name):
        if row and row["status"] == "ok":
            return row["metrics"].get(name)
        return None


def level_of(metric):
    s = metric["summary"]
    return s["ci_lo"] is not None and s["ci_level"] >= LEVEL


def is_short(row):
    s = row["samples"]
    return bool(s and s["short"] and 2 * s["short"] >= s["count"])


def advantage(a, b):
    x, y = a["summary"]["median"], b["summary"]["median"]
    return x / y if a["better"] == "higher" else y / x


class Ranking:
    """first, tied (without the first), apart, left out: (backend, row)."""

    def __init__(self, files, iface, rest, name, backends=ORDER):
        places = []
        for backend in backends:
            row = files.row(iface, backend, rest)
            metric = files.metric(row, name)
            if metric and backend not in files.failing:
                places.append((backend, row, metric))
        sign = -1 if places and places[0][2]["better"] == "higher" else 1
        places.sort(key=lambda p: (sign * p[2]["summary"]["median"],
                                   ORDER.index(p[0])))
        self.name = name
        some = any(level_of(p[2]) and not is_short(p[1]) for p in places)
        self.left = [(p, "short samples" if is_short(p[1])
                      else "too few repetitions") for p in places
                     if is_short(p[1]) or (some and not level_of(p[2]))]
        out = [p for p, _ in self.left]
        self.placed = [p for p in places if p not in out]
        self.proved = some
        self.tied = [p for p in self.placed[1:]
                     if not self.apart_from(self.placed[0], p)]
        self.apart = [p for p in self.placed[1:] if p not in self.tied]
        self.any = bool(places)

    @staticmethod
    def apart_from(first, other):
        far = (first[1]["state"] or "") != (other[1]["state"] or "")
        if advantage(first[2], other[2]) < (FAR * (1 + 1e-15) if far else LEAST):
            return False
        if not level_of(first[2]) or not level_of(other[2]):
            return False
        a, b = first[2]["summary"], other[2]["summary"]
        if first[2]["better"] == "higher":
            return a["ci_lo"] > b["ci_hi"]
        return a["ci_hi"] < b["ci_lo"]

    def words(self, places, bandwidth=False):
        return join([f"{b} ({figure_text(r, self.name, bandwidth)}"
                     f"{bare_text(r, self.name)})" for b, r, _ in places])

    def left_words(self, bandwidth=False):
        return join([f"{p[0]} ({figure_text(p[1], self.name, bandwidth)}"
                     f"{bare_text(p[1], self.name)}: {why})"
                     for p, why in self.left])

    def sentence(self, subject, bandwidth=False):
        w = self.words
        if not self.placed:
            text = "no row may be ranked"
        elif len(self.placed) == 1:
            text = f"{w(self.placed, bandwidth)}; nothing to rank it against"
        elif not self.proved:
            text = f"{w(self.placed, bandwidth)}; fewer than 5 repetitions " \
                "rank nothing"
        elif not self.apart:
            text = f"{w(self.placed, bandwidth)} cannot be told apart"
        else:
            text = f"{w(self.placed[:1], bandwidth)} leads"
            if self.tied:
                text += f"; {w(self.tied, bandwidth)} cannot be told apart " \
                    "from it"
            factor = advantage(self.placed[0][2], self.apart[0][2])
            text += f"; {w(self.apart[:1], bandwidth)} is behind by a factor " \
                f"of {ratio_text(factor)}"
        if self.left:
            text += f"; not ranked: {self.left_words(bandwidth)}"
        return f"{subject}: {text}."

    def best(self):
        return [p[0] for p in self.placed[:1] + self.tied]

    def stability(self):
        """By enumeration of how often each sample is the median."""
        if len(self.placed) < 2:
            return None
        spreads = []
        for _, row, metric in self.placed:
            values = sorted(s["value"] for s in metric["samples"]
                            if (s.get("state") or "") == (row["state"] or ""))
            if self.name != row["headline"] or \
                    len(values) != metric["summary"]["n"]:
                return None
            spreads.append(median_spread(values))
        higher = self.placed[0][2]["better"] == "higher"
        total = 0
        for value, chance in spreads[0]:
            for spread in spreads[1:]:
                chance *= sum(c for v, c in spread
                              if (v <= value if higher else v >= value))
            total += chance
        return total


def median_spread(values):
    n = len(values)

    def below(count, k):
        """At least k of n draws are among the lowest count values."""
        p = count / n
        return sum(math.comb(n, j) * p ** j * (1 - p) ** (n - j)
                   for j in range(k, n + 1))
    ranks = [(n + 1) // 2, n // 2 + 1]
    return [(v, sum(below(i + 1, r) - below(i, r) for r in ranks) / 2)
            for i, v in enumerate(values)]


def join(names):
    if len(names) < 2:
        return "".join(names)
    return ", ".join(names[:-1]) + " and " + names[-1]


def count_text(count, thing):
    return f"{count} {thing}{'' if count == 1 else 's'}"


# ---- the table of needs ----

NEEDS = [
    ("queue", "oneway/size=64/placement=2cpu", "messages_per_s"),
    ("queue", "oneway/size=64/placement=2cpu/wait=spin", "messages_per_s"),
    ("queue", "oneway/size=64/placement=1cpu", "messages_per_s"),
    ("pipe", "oneway/size=64/placement=2cpu", "messages_per_s"),
    ("pipe", "oneway/size=64/placement=2cpu", "messages_per_s", KERNEL),
    ("queue", "oneway/size=65536/placement=2cpu", "messages_per_s", None, True),
    ("queue", "roundtrip/size=64/placement=2cpu", "rtt_ns"),
    ("queue", "roundtrip/size=64/placement=2cpu/wait=spin", "rtt_ns"),
    ("queue", "roundtrip/size=64/placement=1cpu", "rtt_ns"),
    ("pipe", "roundtrip/size=64/placement=2cpu", "rtt_ns"),
    ("queue", "roundtrip/size=16384/placement=2cpu", "rtt_ns"),
    ("queue", "roundtrip/size=65536/placement=2cpu", "rtt_ns"),
    ("lock", "lock_uncontended/placement=1cpu", "pair_ns"),
    ("lock", "handoff/placement=2cpu", "handoff_rtt_ns"),
    ("lock", "lock_contended/placement=2cpu", "least_share"),
    ("queue", "mpmc/size=64/placement=2cpu/producers=4/consumers=4",
     "messages_per_s"),
    ("queue", "mpmc/size=64/placement=2cpu/producers=4/consumers=4",
     "consumer_fairness"),
    ("queue", "depth/size=64/placement=2cpu/depth=1", "messages_per_s"),
    ("queue", "wake_latency/size=64/placement=2cpu/gap=1ms", "latency_ns"),
    ("pool", "map/placement=2cpu/tasks=10000", "tasks_per_s"),
    ("queue", "recovery_put/size=64/placement=2cpu", "recovery_ns"),
]


def needs_of(files):
    for iface, rest, name, *more in NEEDS:
        backends = more[0] if more and more[0] else ORDER
        bandwidth = len(more) > 1
        ranking = Ranking(files, iface, rest, name, backends)
        if ranking.any:
            yield iface, rest, name, bandwidth, ranking


def check_needs(page, files):
    got = page.tables.get("recommendation", [])
    wanted = list(needs_of(files))
    equal("needs", [r[0]["small"] for r in got],
          [f"{iface}/*/{rest}" for iface, rest, *_ in wanted])
    for row, (iface, rest, name, bandwidth, ranking) in zip(got, wanted):
        cells = [plain(c["text"]) for c in row]
        small = [plain(c["small"]) for c in row]
        what = f"need {rest} {name}"
        if not ranking.placed:
            equal(what, cells[1], "none")
        else:
            backend, cell, metric = ranking.placed[0]
            s, by = metric["summary"], 1
            if bandwidth:
                by = cell["axes"]["size_bytes"]
            unit = "B/s" if bandwidth else metric["unit"]
            interval = range_text(s["ci_lo"] * by, s["ci_hi"] * by, unit) \
                if level_of(metric) else "too few repetitions"
            equal(what, cells[1], backend)
            equal(what, small[1], f"{figure_text(cell, name, bandwidth)}"
                  f"{bare_text(cell, name)}; {interval}")
        equal(what, cells[2], ranking.words(ranking.tied, bandwidth) or "–")
        equal(what, cells[3], ranking.words(ranking.apart[:1], bandwidth) or "–")
        notes = []
        if ranking.apart:
            factor = advantage(ranking.placed[0][2], ranking.apart[0][2])
            notes.append(f"a factor of {ratio_text(factor)}")
            if factor < LEAST:
                fail(f"{what}: a distance of {factor}")
        if ranking.left:
            notes.append(f"not ranked: {ranking.left_words(bandwidth)}")
        equal(what, small[3], "; ".join(notes))
        stability = ranking.stability()
        equal(what, cells[4],
              "–" if stability is None else f"{100 * stability:.0f} %")


# ---- the answer ----

def main_point(files, iface, scenario, placement, wanted):
    """The rest of the id that a short answer is about, and its size."""
    sizes = sorted({row["axes"]["size_bytes"] for row in files.rows.values()
                    if row["axes"]["iface"] == iface and
                    row["axes"]["scenario"] == scenario and
                    row["axes"]["placement"] == placement and
                    row["axes"]["wait"] == "block"})
    near = min(sizes, key=lambda s: abs(math.log2(s / wanted)), default=None)
    return near


def measured(files, iface, scenario, placement, wait="block"):
    name = "rtt_ns" if scenario == "roundtrip" else "messages_per_s"
    return any(files.metric(row, name) for row in files.rows.values()
               if (row["axes"]["iface"], row["axes"]["scenario"],
                   row["axes"]["placement"], row["axes"]["wait"]) ==
               (iface, scenario, placement, wait))


def main_group(files, scenario, placement=None):
    """As the page chooses: the placement first, then a queue, then one that
    blocks."""
    found = [(p, i, w) for p in ("2cpu", "1cpu") for i in ("queue", "pipe")
             for w in ("block", "spin") if measured(files, i, scenario, p, w)]
    if placement:
        found = [f for f in found if f[0] == placement]
    return found[0] if found else None


def answer(files, scenario, placement, wanted):
    group = main_group(files, scenario, placement)
    if not group:
        return None
    place, iface, wait = group
    sizes = sorted({row["axes"]["size_bytes"] for row in files.rows.values()
                    if (row["axes"]["iface"], row["axes"]["scenario"],
                        row["axes"]["placement"], row["axes"]["wait"]) ==
                    (iface, scenario, place, wait)})
    size = min(sizes, key=lambda s: abs(math.log2(s / wanted)))
    rest = f"{scenario}/size={size}/placement={place}" + \
        ("/wait=spin" if wait == "spin" else "")
    name = "rtt_ns" if scenario == "roundtrip" else "messages_per_s"
    ranking = Ranking(files, iface, rest, name)
    if not ranking.any:
        return None
    subject = f"{size_text(size)} over a {iface}, {PLACES[place]}" + \
        (", spinning" if wait == "spin" else "")
    return ranking, subject, size, (iface, rest)


def method_text(files, scenario):
    group = main_group(files, scenario)
    place, iface, wait = group
    n = [files.metric(row, "messages_per_s")["summary"]["n"]
         for row in files.rows.values()
         if (row["axes"]["iface"], row["axes"]["scenario"],
             row["axes"]["placement"], row["axes"]["wait"]) ==
         (iface, scenario, place, wait) and files.metric(row, "messages_per_s")]
    text = count_text(max(n), "repetition")
    if min(n) < max(n):
        text = f"{min(n)} to {text}"
    return f"median of {text}" + \
        (" (fewer than five: no interval)" if min(n) < ENOUGH else "")


def stable_sentence(files):
    found = [(r.stability(), i) for i, (*_, r) in enumerate(needs_of(files))]
    found = [f for f in found if f[0] is not None]
    if not found:
        return None
    stable = sum(f[0] >= 0.95 for f in found)
    least = min(found)
    return (f"How stable is this: when the repetitions are drawn again, with "
            f"replacement, the same back-end stays first in at least 95 % of "
            f"the draws for {stable} of {count_text(len(found), 'need')}; least "
            f"often, in {100 * least[0]:.0f} %: ", least[1])


def conformance_sentences(files):
    checked = [b for b in ORDER if any(c["backend"] == b for c in files.cases)]
    lines = []
    if not checked:
        return lines

    def verdicts(backend, level=None):
        return [c["verdict"] for c in files.cases if c["backend"] == backend and
                (not level or c["level"] == level)]
    if files.selection:
        for b in checked:
            good = sum(v in "PS" for v in verdicts(b))
            total = count_text(len(verdicts(b)), "clause")
            lines.append(f"{b} holds the {total} selected."
                         if good == len(verdicts(b)) else
                         f"{b} holds {good} of the {total} selected.")
    else:
        good = [b for b in checked if all(v in "PSUN" and v != "N"
                                          for v in verdicts(b, "CORE"))]
        if len(good) == len(checked):
            lines.append(f"Conformance: {good[0]} holds every CORE clause."
                         if len(good) == 1 else
                         f"Conformance: all {len(good)} back-ends that were "
                         "checked hold every CORE clause.")
        elif good:
            lines.append(f"Conformance: {len(good)} of "
                         f"{count_text(len(checked), 'back-end')} that were "
                         f"checked hold every CORE clause: {join(good)}.")
        else:
            lines.append("Conformance: no back-end was shown to hold every "
                         "CORE clause.")
    for b in ORDER:
        if b in files.failing:
            lines.append(f"{b} fails "
                         f"{count_text(files.failing[b], 'CORE clause')} and "
                         "is not ranked" +
                         ("; its figures are marked." if files.rows else "."))
    return lines


def wanted_answer(files, needs):
    """The heading and the sentences under it."""
    rate = answer(files, "oneway", None, 64)
    h1 = rate[0].sentence(f"One-way throughput, {rate[1]}") if rate else None
    lines = []
    if main_group(files, "oneway"):
        lines.append(f"One process sends and one receives; "
                     f"{method_text(files, 'oneway')}. Intervals have a level "
                     "of at least 93 %; bare: the same loop over plain system "
                     "calls.")
    large = answer(files, "oneway", None, 65536)
    small_size = rate[2] if rate else None
    if not rate and main_group(files, "oneway"):
        place, iface, _ = main_group(files, "oneway")
        small_size = main_point(files, iface, "oneway", place, 64)
    if large and large[2] != small_size:
        lines.append(large[0].sentence(f"Large messages, {large[1]}", True))
    for place in ("2cpu", "1cpu"):
        trip = answer(files, "roundtrip", place, 64)
        if trip:
            lines.append(trip[0].sentence(f"Round trip, {trip[1]}"))
        if trip and place == "2cpu":
            lines += spinning(files, trip)
    lock = Ranking(files, "lock", "lock_uncontended/placement=1cpu", "pair_ns")
    if lock.any:
        lines.append(lock.sentence("Uncontended lock, acquire and release"))
    stable = stable_sentence(files)
    if stable:
        lines.append(stable[0] + plain(needs[stable[1]][0]["text"]) + ".")
    return h1, lines + conformance_sentences(files)


def spinning(files, trip):
    ranking, _, _, (iface, rest) = trip
    if not any(files.row(iface, b, rest + "/wait=spin")
               for b, *_ in ranking.placed):
        return []
    spins = Ranking(files, iface, rest + "/wait=spin", "rtt_ns")
    if not spins.placed:
        return []
    backend, other, _ = spins.placed[0]
    row = files.row(iface, backend, rest)
    if not files.metric(row, "rtt_ns"):
        return []
    return [f"That round trip when the sides spin before they sleep: {backend} "
            f"needs {figure_text(other, 'rtt_ns')} instead of "
            f"{figure_text(row, 'rtt_ns')}, and keeps both CPUs busy "
            "meanwhile."]


def check_answer(page, files):
    h1, lines = wanted_answer(files, page.tables.get("recommendation", []))
    got = [plain(s) for s in page.sentences.get("summary", [])]
    chart = [s for s in got if not s.endswith(".")]
    got = [s for s in got if s.endswith(".")]
    if h1 is None and lines:
        h1, lines = lines[0], lines[1:]
    equal("heading", plain(page.h1), h1 or "The files hold no usable row.")
    equal("answer", got, lines)
    check_chart(chart, files)


def check_chart(lines, files):
    wanted = []
    for scenario, name in (("oneway", "messages_per_s"),
                           ("roundtrip", "rtt_ns")):
        found = answer(files, scenario, None, 64)
        if found:
            r = found[0]
            for b, row, _ in r.placed[:1] + r.tied + r.apart + \
                    [p for p, _ in r.left]:
                wanted.append(b + figure_text(row, name))
    equal("small chart", lines, wanted)


# ---- tables of figures ----

def figure_cell(files, row, name):
    """Text and remarks of an entry."""
    if row is None:
        return "–", []
    metric = files.metric(row, name)
    if not metric:
        if row["status"] == "ok":
            return "–", []
        return row["status"].replace("host_limit", "host limit"), []
    s, notes = metric["summary"], []
    text = value_text(s["median"], metric["unit"])
    head = name == row["headline"]
    if level_of(metric) and (s["ci_lo"] < s["ci_hi"] or head):
        notes.append(range_text(s["ci_lo"], s["ci_hi"], metric["unit"]))
    if metric.get("timing") == "block":
        notes.append("mean of blocks")
    if metric.get("timing") == "mean":
        notes = [f"mean {text}"]
        text = f"< {value_text(files.limit, 'ns')}"
    if is_short(row):
        notes.append("short samples, not ranked")
    if head:
        if not level_of(metric) and s["n"] < ENOUGH:
            notes.append("too few repetitions")
        w = row["warmup"]
        if w and 2 * w["unsettled"] >= row["samples"]["count"] > 0:
            notes.append("warm-up not settled")
        if row["state"] == "separate_cache":
            notes.append("separate caches")
    return text, notes


GROUPS = {"figures_1_queue_2cpu": ("queue", "oneway/size={}/placement=2cpu",
                                   "messages_per_s"),
          "figures_1_queue_1cpu": ("queue", "oneway/size={}/placement=1cpu",
                                   "messages_per_s"),
          "figures_1_pipe_2cpu": ("pipe", "oneway/size={}/placement=2cpu",
                                  "messages_per_s"),
          "figures_1_queue_2cpu_spinning":
          ("queue", "oneway/size={}/placement=2cpu/wait=spin",
           "messages_per_s"),
          "figures_0_queue_2cpu": ("queue", "roundtrip/size={}/placement=2cpu",
                                   "rtt_ns"),
          "figures_0_queue_1cpu": ("queue", "roundtrip/size={}/placement=1cpu",
                                   "rtt_ns"),
          "figures_0_pipe_2cpu": ("pipe", "roundtrip/size={}/placement=2cpu",
                                  "rtt_ns"),
          "figures_0_queue_2cpu_spinning":
          ("queue", "roundtrip/size={}/placement=2cpu/wait=spin", "rtt_ns")}
SIZES = {"64 B": 64, "1 KiB": 1024, "16 KiB": 16384, "64 KiB": 65536}


def check_line(files, what, cells, heads, iface, rest, name):
    ranking = Ranking(files, iface, rest, name)
    for backend, cell in zip(heads, cells):
        row = files.row(iface, backend, rest)
        text, notes = figure_cell(files, row, name)
        equal(f"{what} {backend}", plain(cell["text"]), text)
        equal(f"{what} {backend} below", plain(cell["small"]), "; ".join(notes))
        marked = backend in files.failing and files.metric(row, name)
        equal(f"{what} {backend} mark",
              "marked" if "marked" in cell["class"] else
              "best" if "best" in cell["class"] else "",
              "marked" if marked else
              "best" if backend in ranking.best() else "")


def check_figures(page, files):
    for table, (iface, rest, name) in GROUPS.items():
        for row in page.tables.get(table, []):
            size = SIZES[plain(row[0]["text"])]
            check_line(files, f"{table} {size}", row[1:], page.heads[table][1:],
                       iface, rest.format(size), name)
        if table not in page.tables and any(
                files.metric(files.row(iface, b, rest.format(s)), name)
                for b in ORDER for s in SIZES.values()):
            fail(f"no table {table}")


def check_percentiles(page, files):
    for table, rows in page.tables.items():
        if not table.startswith("percentiles_0_"):
            continue
        iface, rest, name = GROUPS["figures_0_" + table[14:]]
        size = next(s for t, s in SIZES.items()
                    if f", {t}: percentiles" in plain(page.captions[table]))
        for row in rows:
            cells = [plain(c["text"]) for c in row]
            metric = files.row(iface, cells[0], rest.format(size))
            s = metric["metrics"][name]["summary"]
            for key, share, got in zip(("p50", "p90", "p99", "p99_9"),
                                       (.5, .9, .99, .999), cells[2:6]):
                wanted = value_text(s[key], "ns") if s[key] is not None else \
                    "–" if (1 - share) * s["trips"] < 10 else \
                    f"< {value_text(files.limit, 'ns')}"
                equal(f"{table} {cells[0]} {key}", got, wanted)


def check_every_row(page, files):
    rows = page.tables.get("cells", [])
    equal("every row", sorted(plain(r[0]["text"]) for r in rows),
          sorted(files.rows))
    for row in rows:
        cells = [plain(c["text"]) for c in row]
        cell = files.rows[cells[0]]
        if cell["status"] != "ok":
            equal(cells[0], cells[1], cell["status"])
            continue
        metric = cell["metrics"][cell["headline"]]
        s = metric["summary"]
        equal(cells[0], cells[1:3],
              [cell["headline"], value_text(s["median"], metric["unit"])])
        equal(cells[0], cells[3], range_text(s["ci_lo"], s["ci_hi"],
                                             metric["unit"])
              if level_of(metric) else "–")
        equal(cells[0], cells[4], str(s["n"]))
        raw = [b["times"] for b in cell["baselines"]]
        equal(cells[0], cells[6], ratio_text(raw[0]) if raw else "–")
        equal(cells[0], cells[7], remarks(cell))


def remarks(cell):
    s, w, notes = cell["samples"], cell["warmup"], []
    if s["short"]:
        notes.append(f"{s['short']} of {s['count']} samples short" +
                     (", not ranked" if is_short(cell) else ""))
    if w["unsettled"]:
        notes.append(f"warm-up not settled in {w['unsettled']}")
    if cell["state"] == "separate_cache":
        notes.append("separate caches")
    if cell["discarded"]:
        notes.append(f"{cell['discarded']} discarded")
    notes.append(f"{s['iterations']:,} operations a sample")
    return "; ".join(notes)


def check_scores(page, files):
    for row in page.tables.get("scores", []):
        backend = plain(row[0]["text"])
        cases = [c for c in files.cases if c["backend"] == backend]
        for level, cell in zip(("CORE", "OPTIONAL", "BEYOND"), row[2:]):
            mine = [c["verdict"] for c in cases if c["level"] == level]
            total = len(mine)
            if level == "OPTIONAL":
                total -= mine.count("U")
            equal(f"score {backend} {level}", plain(cell["text"]),
                  f"{sum(v in 'PS' for v in mine)} of {total}" if mine else "–")
        good = sum(c["verdict"] in "PS" for c in cases)
        selected = count_text(len(cases), "clause") + " selected"
        if files.selection:
            wanted = f"holds the {selected}" if good == len(cases) else \
                f"holds {good} of the {selected}"
        else:
            core = [c["verdict"] for c in cases if c["level"] != "BEYOND"]
            wanted = "non-conformant" if "F" in core else \
                "incomplete" if "L" in core else "conformant"
        equal(f"conclusion of {backend}", plain(row[1]["text"]), wanted)


def check_rules(page, files):
    words = {"U": "unsupported", "F": "fail", "L": "host limit"}
    for row in page.tables.get("rules", []):
        clause = plain(row[3]["text"])
        cases = sorted((c for c in files.cases if c["id"] == clause),
                       key=lambda c: ORDER.index(c["backend"]))
        equal(f"rule {clause}", plain(row[1]["text"]),
              join([c["backend"] for c in cases if c["verdict"] in "PS"]) or "–")
        equal(f"rule {clause}", plain(row[2]["text"]),
              join([f"{c['backend']} ({words[c['verdict']]})" for c in cases
                    if c["verdict"] not in "PS"]) or "–")


# ---- caveats and limits ----

def check_limits(page, files):
    rows = [r for r in files.rows.values()]
    ok = [r for r in rows if r["status"] == "ok"]
    got = [plain(s) for s in page.sentences.get("limits", [])]
    rests = []
    state = {s: sum(r["state"] == s for r in ok)
             for s in ("shared_cache", "separate_cache")}
    discarded = sum(r["discarded"] for r in rows)
    short = [r["id"] for r in ok if is_short(r)]
    unsettled = sum(2 * r["warmup"]["unsettled"] >= r["samples"]["count"]
                    for r in ok)
    invalid = sum(r["status"] == "invalid" for r in rows)
    missing = len(rows) - len(ok) - invalid
    sizes = sorted({r["axes"]["size_bytes"] for r in rows
                    if r["axes"]["size_bytes"]})
    known = {
        r"The figures are medians of (\d+) to (\d+) repetitions: differences "
        r"below 3 % are not named, and overlapping intervals prove nothing\.":
        None,
        r"Each figure is the median of (\d+) repetitions?: differences below "
        r"3 % are not named, and overlapping intervals prove nothing\.": None,
        r"A blocking round trip between two CPUs includes two wake-ups of a "
        r"sleeping process: here (.*) to (.*) over all back-ends\.": None,
        r"During the run the two CPUs had a shared cache for (\d+) rows and "
        r"separate caches for (\d+): rows of different states are not "
        r"distinguished unless one is more than six times the other\.":
        lambda m: (int(m[1]), int(m[2])) == tuple(state.values()),
        r"All rows between two CPUs were taken while these had separate "
        r"caches\.": lambda m: state["separate_cache"] and
        not state["shared_cache"],
        r"(\d+) samples? w(as|ere) discarded because the cache state of the "
        r"CPUs changed meanwhile\.": lambda m: int(m[1]) == discarded,
        r"Message sizes that were measured: (.*)\.":
        lambda m: m[1] == join([size_text(s) for s in sizes]),
        r"(\d+) rows? rests? on samples much shorter than planned and (is|are) "
        r"not ranked: (.*)\.": lambda m: int(m[1]) == len(short),
        r"In (\d+) of (\d+) rows half of the samples or more began before the "
        r"warm-up had settled\.":
        lambda m: (int(m[1]), int(m[2])) == (unsettled, len(ok)),
        r"(\d+) rows? (is|are) invalid: not every message was proved to have "
        r"arrived once, in order and intact, so there is no figure\.":
        lambda m: int(m[1]) == invalid,
        r"(\d+) rows? ha(s|ve) no figure( for another reason)?; the reasons "
        r"are below the charts\.": lambda m: int(m[1]) == missing,
        r"Each round trip starts when the last one has ended: .*": None,
        r"One process sends and one receives: the behaviour of a back-end "
        r"with many processes is not measured here\.":
        lambda m: not any("mpmc" in r["id"] for r in ok),
        r"At most 4 producers and 4 consumers were measured, without other "
        r"work and without pauses\.": lambda m: any("mpmc" in r["id"]
                                                    for r in ok),
        r"Not in this run: .*; ipcmark bench --full has more\.": None,
        r"Conformance was not checked: a fast back-end may be incorrect\. Add "
        r"the file of ipcmark check\.": lambda m: not files.cases,
        r"Only a selection of the clauses was checked: no verdict on a "
        r"back-end follows from it\.": lambda m: files.selection,
        r"(\d+) CORE cases? could not be decided on this host; such a case "
        r"counts neither for nor against a back-end\.":
        lambda m: int(m[1]) == sum(c["verdict"] == "L" and c["level"] == "CORE"
                                   for c in files.cases),
        r"Nothing was measured\. Add the file of ipcmark bench\.":
        lambda m: not files.rows,
    }
    for sentence in got:
        found = False
        for pattern, holds in known.items():
            match = re.fullmatch(pattern, sentence)
            if match:
                found = True
                if holds and not holds(match):
                    fail(f"not so: {sentence}")
        if not found:
            fail(f"a sentence that the reader does not know: {sentence}")
    for word, due in (("samples much shorter", short), ("invalid:", invalid),
                      ("discarded", discarded), ("no figure", missing),
                      ("warm-up", unsettled)):
        if bool(due) != any(word in s.replace("so there is no figure", "")
                            for s in got):
            fail(f"caveat about {word}: due {bool(due)}")
    return rests


def check(number, folder):
    files = Files(sorted(glob.glob(f"{folder}/{number}-*.json")))
    with open(f"{folder}/{number}.html") as file:
        page = Page(file.read())
    for part in (check_needs, check_answer, check_figures, check_percentiles,
                 check_every_row, check_scores, check_rules, check_limits):
        before = failures
        part(page, files)
        if failures > before:
            print(f"--- file {number}, {part.__name__}: "
                  f"{failures - before} failures")


def main():
    folder = sys.argv[1]
    numbers = sorted(p[-7:-5] for p in glob.glob(f"{folder}/*.html"))
    for number in numbers:
        check(number, folder)
    print(f"{len(numbers)} pages read, {failures} failures")
    sys.exit(failures > 0 or len(numbers) < 30)


main()
