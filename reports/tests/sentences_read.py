# SPDX-License-Identifier: MIT
"""Does each sentence and each table cell of a page say what its result files
say? An independent reader: it shares no code with the report, computes every
ranking, figure and interval from the files again, and knows each sentence that
may stand in the answer and in the caveats; one that it does not know is a
failure, too. Sections for themselves are in sentences_sections.py, caveats in
sentences_caveats.py.
sentences_read.py FOLDER: reads NN-*.json, NN.html and drawn/NN.html of the
folder; the latter were made where there is gnuplot"""
import glob
import math
import sys

import sentences_figures
from sentences_charts import check_charts
from sentences_caveats import check_caveats, check_limits
from sentences_clauses import check_matrix, check_python_tests, reference
from sentences_figures import (
    ENOUGH, KERNEL, LEAST, ORDER, PLACES, Files, Ranking, advantage, answer,
    bare_text, count_text, equal, fail, figure_text, is_ours, join, level_of,
    main_group, plain, range_text, ratio_text, size_text)
from sentences_frame import check_frame, check_order, check_texts
from sentences_machine import check_machine
from sentences_metrics import check_calls, check_metrics, check_reasons
from sentences_page import Page
from sentences_sections import (
    check_competitors, check_fairness, check_groups, check_manager,
    check_modes, check_remarks)
from sentences_tables import (
    check_captions, check_every_row, check_features, check_heads, check_noise,
    check_overhead, check_processes, check_signs)

# ---- the table of needs ----

NEEDS = [
    ("Many small messages, a CPU for each side",
     "queue", "oneway/size=64/placement=2cpu", "messages_per_s"),
    ("The same, waiting sides spin before they sleep",
     "queue", "oneway/size=64/placement=2cpu/wait=spin", "messages_per_s"),
    ("The same, both sides share a CPU",
     "queue", "oneway/size=64/placement=1cpu", "messages_per_s"),
    ("The same over a connection, a CPU for each side",
     "pipe", "oneway/size=64/placement=2cpu", "messages_per_s"),
    ("The other side must not reach into the data: a connection "
     "that the kernel carries",
     "pipe", "oneway/size=64/placement=2cpu", "messages_per_s", KERNEL),
    ("Large messages, 64 KiB",
     "queue", "oneway/size=65536/placement=2cpu",
     "messages_per_s", None, True),
    ("Short round trips, a CPU for each side",
     "queue", "roundtrip/size=64/placement=2cpu", "rtt_ns"),
    ("Short round trips, waiting sides spin before they sleep",
     "queue", "roundtrip/size=64/placement=2cpu/wait=spin", "rtt_ns"),
    ("Short round trips, both sides share a CPU",
     "queue", "roundtrip/size=64/placement=1cpu", "rtt_ns"),
    ("Short round trips over a connection",
     "pipe", "roundtrip/size=64/placement=2cpu", "rtt_ns"),
    ("Round trips of 16 KiB",
     "queue", "roundtrip/size=16384/placement=2cpu", "rtt_ns"),
    ("Round trips of 64 KiB",
     "queue", "roundtrip/size=65536/placement=2cpu", "rtt_ns"),
    ("A lock that is mostly free",
     "lock", "lock_uncontended/placement=1cpu", "pair_ns"),
    ("A lock that passes from process to process",
     "lock", "handoff/placement=2cpu", "handoff_rtt_ns"),
    ("A contended lock: the share of the least served of two processes",
     "lock", "lock_contended/placement=2cpu", "least_share"),
    ("Four producers and four consumers at once",
     "queue", "mpmc/size=64/placement=2cpu/producers=4/consumers=4",
     "messages_per_s"),
    ("Even shares for four consumers (Jain's index)",
     "queue", "mpmc/size=64/placement=2cpu/producers=4/consumers=4",
     "consumer_fairness"),
    ("A queue that holds one item",
     "queue", "depth/size=64/placement=2cpu/depth=1", "messages_per_s"),
    ("Low wake-up latency after 1 ms without a message",
     "queue", "wake_latency/size=64/placement=2cpu/gap=1ms", "latency_ns"),
    ("Data shared through a manager, small values",
     "manager", "dict_get/size=64/placement=2cpu/clients=1", "request_ns"),
    ("A pool of workers, many small tasks",
     "pool", "map/placement=2cpu/tasks=10000", "tasks_per_s"),
    ("Fast recovery after a process was killed in put",
     "queue", "recovery_put/size=64/placement=2cpu", "recovery_ns"),
]


def needs_of(files):
    for words, iface, rest, name, *more in NEEDS:
        backends = more[0] if more and more[0] else ORDER
        bandwidth = len(more) > 1
        ranking = Ranking(files, iface, rest, name, backends)
        if ranking.any:
            yield words, iface, rest, name, bandwidth, ranking


def check_needs(page, files):
    got = page.tables.get("recommendation", [])
    wanted = list(needs_of(files))
    equal("needs", [(plain(r[0]["text"]), r[0]["small"]) for r in got],
          [(words, f"{iface}/*/{rest}") for words, iface, rest, *_ in wanted])
    for row, (_, iface, rest, name, bandwidth, ranking) in zip(got, wanted):
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


def method_text(files, scenario):
    group = main_group(files, scenario)
    place, iface, wait = group
    n = [files.metric(row, "messages_per_s")["summary"]["n"]
         for row in files.rows.values()
         if is_ours(row) and
         (row["axes"]["iface"], row["axes"]["scenario"],
          row["axes"]["placement"], row["axes"]["wait"]) ==
         (iface, scenario, place, wait) and files.metric(row, "messages_per_s")]
    text = count_text(max(n), "repetition")
    if min(n) < max(n):
        text = f"{min(n)} to {text}"
    few = ", too few for an interval" if max(n) < ENOUGH else \
        "; a row of fewer than five has no interval" \
        if min(n) < ENOUGH else ""
    return f"median of {text}{few}"


def stable_sentence(files):
    found = [(r.stability(), i) for i, (*_, r) in enumerate(needs_of(files))]
    found = [f for f in found if f[0] is not None]
    if not found:
        return None
    stable = sum(f[0] >= 0.95 for f in found)
    # of equals the first, whatever the sums were rounded to
    least = min(found, key=lambda f: (round(f[0], 9), f[1]))
    return (f"How stable is this: when the repetitions are drawn again, with "
            f"replacement, the same back-end stays first in at least 95 % of "
            f"the draws for {stable} of {count_text(len(found), 'need')}; least "
            f"often, in {100 * least[0]:.0f} %: ", least[1])


def conformance_sentences(files):
    checked = checked_backends(files)
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
        good = [b for b in checked if not files.interrupted and
                all(v in "PSU" for v in verdicts(b, "CORE"))]
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
    heads = [text for tag, text in page.texts.get("summary", [])
             if tag == "h1"]
    equal("heading", plain("".join(heads)), h1 or "The files hold no usable row.")
    equal("answer", got, lines)
    check_chart(page, chart, files)


def check_chart(page, lines, files):
    wanted, captions = [], []
    for scenario, name, words in (
            ("oneway", "messages_per_s", "One-way throughput"),
            ("roundtrip", "rtt_ns", "Round-trip time")):
        found = answer(files, scenario, None, 64)
        if found:
            r, (iface, rest) = found[0], found[3]
            place = PLACES[rest.split("placement=")[1].split("/")[0]]
            captions.append(f"{words}, {size_text(found[2])}, {iface}, {place}")
            for b, row, _ in r.placed[:1] + r.tied + r.apart + \
                    [p for p, _ in r.left]:
                wanted.append(b + figure_text(row, name))
    equal("small chart", lines, wanted)
    equal("captions of the small chart",
          [plain(text) for tag, text in page.texts.get("summary", [])
           if tag == "figcaption"], captions)


# ---- tables of clauses ----

def checked_backends(files):
    return [b for b in ORDER if any(c["backend"] == b for c in files.cases)]


def check_scores(page, files):
    equal("scores", [plain(r[0]["text"]) for r in
                     page.tables.get("scores", [])], checked_backends(files))
    for row in page.tables.get("scores", []):
        backend = plain(row[0]["text"])
        cases = [c for c in files.cases if c["backend"] == backend]
        for level, cell in zip(("CORE", "OPTIONAL", "BEYOND"), row[2:]):
            mine = [c["verdict"] for c in cases if c["level"] == level]
            total = len(mine)
            if level == "OPTIONAL":
                total -= mine.count("U")
            notes = [(sum(v in letters for v in mine), word) for letters, word
                     in (("F", "failed"), ("L", "undecided"),
                         ("U", "unsupported"))]
            equal(f"score {backend} {level}",
                  (plain(cell["text"]), plain(cell["small"])),
                  (f"{sum(v in 'PS' for v in mine)} of {total}"
                   if mine else "–",
                   ", ".join(f"{n} {word}" for n, word in notes if n)))
        good = sum(c["verdict"] in "PS" for c in cases)
        selected = count_text(len(cases), "clause") + " selected"
        if files.selection:
            wanted = f"holds the {selected}" if good == len(cases) else \
                f"holds {good} of the {selected}"
        else:
            core = [c["verdict"] for c in cases if c["level"] != "BEYOND"]
            wanted = "non-conformant" if "F" in core else \
                "incomplete" if "L" in core or files.interrupted else \
                "conformant"
        equal(f"conclusion of {backend}", plain(row[1]["text"]), wanted)


SECTIONS = {"G": "General", "Q": "Queue", "P": "Pipe, Connection, Listener",
            "X": "Crash, leaks, fork, names, limits"}


def section_cell(verdicts):
    """Text, small print and mark of a section on a back-end."""
    if not verdicts:
        return "–", "", []
    counts = [(verdicts.count(v), sign) for v, sign in
              (("F", "✗"), ("L", "?"), ("U", "–"))]
    mark = ["bad"] if "F" in verdicts else ["open"] if "L" in verdicts else \
        [] if set(verdicts) == {"U"} else ["good"]
    good = sum(v in "PS" for v in verdicts)
    return (f"{good} of {len(verdicts)}",
            ", ".join(f"{n} {sign}" for n, sign in counts if n), mark)


def check_sections(page, files):
    rows = page.tables.get("sections", [])
    heads = page.heads.get("sections", [])[1:]
    found = [s for s in SECTIONS if any(c["id"][0] == s for c in files.cases)]
    # of one section the scores say it
    found = found if len(found) > 1 else []
    equal("columns of sections", heads, checked_backends(files)
          if found else [])
    equal("sections", [plain(r[0]["text"]) for r in rows],
          [SECTIONS[s] for s in found])
    for row, section in zip(rows, found):
        for backend, cell in zip(heads, row[1:]):
            equal(f"section {section} of {backend}",
                  (plain(cell["text"]), plain(cell["small"]),
                   [c for c in cell["class"].split() if c != "num"]),
                  section_cell([c["verdict"] for c in files.cases if
                                c["backend"] == backend and
                                c["id"][0] == section]))


RULES = {"X-NAM-01": "Unrelated processes meet by a name",
         "P-FDS-01": "Descriptors are sent through a connection",
         "P-EOF-01": "The receiver sees the end when the last sender is gone",
         "G-THR-01": "Threads use the objects, as well as processes",
         "Q-ZC-01": "A message is built and read in place, without a copy"}


def check_rules(page, files):
    words = {"U": "unsupported", "F": "fail", "L": "host limit"}
    equal("rules", [(plain(r[0]["text"]), plain(r[3]["text"]))
                    for r in page.tables.get("rules", [])],
          [(RULES[c], c) for c in RULES
           if any(c == case["id"] for case in files.cases)])
    for row in page.tables.get("rules", []):
        clause = plain(row[3]["text"])
        cases = sorted((c for c in files.cases if c["id"] == clause),
                       key=lambda c: ORDER.index(c["backend"]))
        equal(f"rule {clause}", plain(row[1]["text"]),
              join([c["backend"] for c in cases if c["verdict"] in "PS"]) or "–")
        equal(f"rule {clause}", plain(row[2]["text"]),
              join([f"{c['backend']} ({words[c['verdict']]})" for c in cases
                    if c["verdict"] not in "PS"]) or "–")


# ---- nothing stands unread ----

LEGEND = {"P": "P✓ pass: what the clause asks was seen",
          "U": "U– unsupported: declared unsupported, and proved to refuse",
          "F": "F✗ fail: what was seen is not what the clause asks",
          "L": "L? host limit: a limit of this host kept it from being decided",
          "d": "d≠ differs: CPython differs here, and that is wanted"}


def reference_cases(files):
    column = reference(files)
    return column["cases"] if column else []


def check_legend(page, files):
    equal("legend of the verdicts", sorted(
        plain(s) for s in page.sentences.get("conformance", [])),
        sorted(LEGEND[v] for v in
               {c["verdict"] for c in files.cases + reference_cases(files)}))


def check_unread(page, files):
    equal("two tables of the same name", page.twice, [])
    equal("tables that are not read", page.tables.unread(), [])
    equal("captions that are not read", page.captions.unread(), [])
    equal("sentences that are not read",
          [page.sentences[s] for s in page.sentences.unread()], [])
    equal("texts that are not read",
          [page.texts[s] for s in page.texts.unread()], [])
    for table, row, left in page.unread_cells():
        fail(f"cell of {table}, row {row}: not read: {left}")
    equal("is all text in its place", page.is_whole(), True)


PARTS = (check_charts, check_needs, check_answer, check_every_row, check_scores, check_rules,
         check_caveats, check_limits, check_groups, check_modes, check_manager,
         check_competitors, check_fairness, check_remarks, check_metrics,
         check_reasons, check_calls, check_processes, check_overhead,
         check_features, check_noise, check_legend, check_sections,
         check_matrix, check_python_tests, check_machine, check_texts,
         check_order, check_frame, check_heads, check_captions, check_signs,
         check_unread)


def pages_of(folder):
    """Name, text, files: those without charts, then those with."""
    for path in sorted(glob.glob(f"{folder}/*.html")) + \
            sorted(glob.glob(f"{folder}/drawn/*.html")):
        name = path[len(folder) + 1:-5]
        with open(path) as file:
            yield name, file.read(), Files(
                sorted(glob.glob(f"{folder}/{name[-2:]}-*.json")),
                name.startswith("drawn"))


def check(name, page, files):
    for part in PARTS:
        before = sentences_figures.failures
        part(page, files)
        if sentences_figures.failures > before:
            print(f"--- file {name}, {part.__name__}: "
                  f"{sentences_figures.failures - before} failures")


def main():
    pages = 0
    for name, text, files in pages_of(sys.argv[1]):
        check(name, Page(text), files)
        pages += 1
    failures = sentences_figures.failures
    print(f"{pages} pages read, {failures} failures")
    sys.exit(failures > 0 or pages < 30)


if __name__ == "__main__":
    main()
