# SPDX-License-Identifier: MIT
"""What the readers share: numbers printed as the page is to print them, the rows
of the result files, and rankings. It shares no code with the report."""
import functools
import json
import math

LEVEL, LEAST, FAR, ENOUGH = 0.93, 1.03, 6, 5
ORDER = ["pipe", "socketpair", "sysv_msg", "posix_mq", "shm_ring"]
KERNEL = ORDER[:4]
PLACES = {"2cpu": "two CPUs", "1cpu": "one CPU"}
failures = 0
quiet = False


def fail(what):
    global failures
    failures += 1
    if failures <= 40 and not quiet:
        print(what)


def equal(what, got, wanted):
    if got == wanted:
        return
    if isinstance(got, list) and isinstance(wanted, list):
        # only what differs; if nothing does, their order
        less, more = ([x for x in got if x not in wanted],
                      [x for x in wanted if x not in got])
        if less or more:
            got, wanted = less, more
    fail(f"{what}: the page says\n  {got!r}, the files\n  {wanted!r}")


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
    return {"ns": TIME, "1/s": RATE, "B/s": BYTES_S, "B": BYTES}.get(unit)


def value_text(value, unit):
    steps = steps_of(unit)
    if not steps:
        return digits(value) + ("" if unit == "1" else f" {unit}")
    factor, name = scale(value, steps)
    return f"{digits(value / factor)} {name}"


def range_text(low, high, unit):
    steps = steps_of(unit)
    if not steps:
        return f"{digits(low)} to {value_text(high, unit)}"
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


def times_of(row, kind):
    """How many times its baseline of this kind a row is; None without one."""
    return (baseline_of(row, kind) or {"times": None})["times"]


def baseline_of(row, kind):
    return next((b for b in row["baselines"] if b["kind"] == kind), None)


def baseline_range(baseline):
    """The interval, empty where its level is too low."""
    if not baseline or baseline["ci_lo"] is None or \
            baseline["ci_level"] < LEVEL:
        return ""
    return f"{ratio_text(baseline['ci_lo'])} to {ratio_text(baseline['ci_hi'])}"


def bare_text(row, name):
    times = times_of(row, "raw")
    if times is None or name != row["headline"]:
        return ""
    return f", {ratio_text(times)} × bare"


# ---- rows and rankings ----

def is_ours(row):
    """May it be ranked? Other libraries, bare calls and fakes may not."""
    axes = row["axes"]
    return axes["iface"] not in ("competitor", "raw") and \
        axes["backend"] in ORDER


def is_competitor(row):
    return row["axes"]["iface"] == "competitor"


class Files:
    def __init__(self, paths, drawn=False):
        self.drawn = drawn  # was there gnuplot?
        self.rows, self.cases, self.limit, self.selection = {}, [], None, False
        self.documents, self.interrupted = [], False
        self.backends = list(ORDER)  # with a column, in its order
        for path in paths:
            with open(path) as file:
                one = json.load(file)
            self.documents.append(one)
            for row in one["cells"]:
                self.rows[row["id"]] = row
            self.cases += one["cases"]
            self.backends += [b["name"] for b in one.get("backends", [])
                              if b["name"] not in self.backends]
            m = one["method"]
            self.limit = m["clock_step_ns"] * m["clock_steps_min"]
            self.selection |= " --filter" in one["run"]["command"]
            self.interrupted |= one["run"]["verb"] == "check" and \
                not one["run"]["complete"]
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
    if s["median"] is None:
        return "–", []
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
        if times_of(row, "machine") is not None:
            notes.append(f"{ratio_text(times_of(row, 'machine'))} × baseline")
    return text, notes


def baseline_words(baseline):
    half = "half of: " if baseline["share"] < 1 else ""
    return half + baseline["name"]


def figure_title(files, row, name):
    """What is said when an entry is pointed at: its baseline, or why it has
    none."""
    metric = files.metric(row, name)
    baseline = baseline_of(row, "machine") if metric else None
    if not baseline or name != row["headline"] or \
            metric["summary"]["median"] is None:
        return ""
    return baseline["reason"] if baseline["times"] is None else \
        baseline_words(baseline)


def check_line(files, what, cells, heads, iface, rest, name):
    ranking = Ranking(files, iface, rest, name)
    for backend, cell in zip(heads, cells):
        row = files.row(iface, backend, rest)
        text, notes = figure_cell(files, row, name)
        equal(f"{what} {backend}", plain(cell["text"]), text)
        equal(f"{what} {backend} below", plain(cell["small"]), "; ".join(notes))
        equal(f"{what} {backend} pointed at", cell["title"],
              figure_title(files, row, name))
        marked = backend in files.failing and files.metric(row, name)
        equal(f"{what} {backend} mark",
              "marked" if "marked" in cell["class"] else
              "best" if "best" in cell["class"] else "",
              "marked" if marked else
              "best" if backend in ranking.best() else "")


# ---- the rows that a short answer is about ----

def measured(files, iface, scenario, placement, wait="block"):
    name = "rtt_ns" if scenario == "roundtrip" else "messages_per_s"
    return any(files.metric(row, name) for row in files.rows.values()
               if is_ours(row) and
               (row["axes"]["iface"], row["axes"]["scenario"],
                   row["axes"]["placement"], row["axes"]["wait"]) ==
               (iface, scenario, placement, wait))


@functools.lru_cache(maxsize=None)
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
