# SPDX-License-Identifier: MIT
"""The sections "Caveats" and "What this run does not show", each sentence and
their order, from the result files. See sentences_read.py."""
import functools
from sentences_figures import (
    ORDER, answer, count_text, equal, is_ours, is_short, join, main_group,
    plain, size_text, value_text)
from sentences_sections import metrics_of, point_of

FEW = 9
ONCE = ("create_ns", "first_message_ns", "free_ns", "recovery_ns")
# Where there is no gnuplot; see check_charts.
NOTICE = "There are no charts because gnuplot was not found; "


def say_once(lines, texts):
    lines += [text for text in texts if text not in lines]


def check_caveats(page, files):
    lines = []
    for one in files.documents:
        run = one["run"]
        if " --mutant" in run["command"]:
            lines.append(f"A fault was injected into the back-ends for the run "
                         f"of ipcmark {run['verb']}, to test the tests: this "
                         "report says nothing about the back-ends.")
        if not run["complete"]:
            lines.append(f"The run of ipcmark {run['verb']} was not complete: "
                         "rows and clauses that it did not reach are missing "
                         "here.")
        if run["verb"] != "check":
            say_once(lines, one["quality"]["measurement_warnings"])
        say_once(lines, one["warnings"])
    got = [plain(s) for s in page.sentences.get("caveats", [])]
    equal("caveats", [s for s in got
                      if files.drawn or not s.startswith(NOTICE)], lines)


def on_virtual_machine(files):
    return any(one["env"]["virt"]["hypervisor"] for one in files.documents)


def repetitions(files):
    n = [row["metrics"][name]["summary"]["n"] for row in files.rows.values()
         for name in metrics_of(row) if files.metric(row, name)]
    if not n or min(n) >= FEW:
        return []
    text = f"Each figure is the median of {count_text(n[0], 'repetition')}" \
        if min(n) == max(n) else \
        f"The figures are medians of {min(n)} to {max(n)} repetitions"
    return [f"{text}: differences below 3 % are not named, and overlapping "
            "intervals prove nothing."]


def wake_ups(files):
    trip = answer(files, "roundtrip", "2cpu", 64)
    if not trip or len(trip[0].placed) < 2 or "wait=spin" in trip[3][1]:
        return []
    ranking = trip[0]
    places = ranking.placed[:1] + ranking.tied + ranking.apart
    first, last = (value_text(p[2]["summary"]["median"], "ns")
                   for p in (places[0], places[-1]))
    host = ", by the host of this virtual machine" \
        if on_virtual_machine(files) else ""
    return [f"A blocking round trip between two CPUs includes two wake-ups of "
            f"a sleeping process{host}: here {first} to {last} over all "
            "back-ends."]


def placement(files):
    ok = [r for r in files.rows.values() if r["status"] == "ok"]
    shared, separate = (sum(r["state"] == s for r in ok)
                        for s in ("shared_cache", "separate_cache"))
    discarded = sum(r["discarded"] for r in files.rows.values())
    lines = []
    if shared and separate:
        lines.append(f"During the run the two CPUs had a shared cache for "
                     f"{shared} rows and separate caches for {separate}: rows "
                     "of different states are not distinguished unless one is "
                     "more than six times the other.")
    elif separate:
        lines.append("All rows between two CPUs were taken while these had "
                     "separate caches.")
    if discarded:
        lines.append(f"{discarded} sample{'s were' if discarded > 1 else ' was'}"
                     " discarded because the cache state of the CPUs changed "
                     "meanwhile.")
    if on_virtual_machine(files):
        lines.append("This is a virtual machine: its host may move the two "
                     "CPUs to cores with or without a common cache. Compare "
                     "only rows of one run, and ratios rather than absolute "
                     "figures.")
    return lines


@functools.cache
def has(files, scenario, name):
    return any(is_ours(row) and row["axes"]["scenario"] == scenario and
               files.metric(row, name) for row in files.rows.values())


def shape(files):
    rows = files.rows.values()
    lines = []
    if has(files, "mpmc", "messages_per_s"):
        many = [r["axes"] for r in rows if r["axes"]["scenario"] == "mpmc"
                and files.metric(r, "messages_per_s")]
        most = [count_text(max(a[side + "s"] for a in many), side)
                for side in ("producer", "consumer")]
        lines.append(f"At most {most[0]} and {most[1]} were measured, "
                     "without other work and without pauses.")
    else:
        lines.append("One process sends and one receives: the behaviour of a "
                     "back-end with many processes is not measured here.")
    loads = [point_of(r) for r in rows if r["axes"]["scenario"] == "open_loop"]
    if has(files, "open_loop", "latency_ns"):
        lines.append(f"Load was offered at a steady rate, up to {max(loads)} % "
                     "of the measured capacity of each back-end: bursts cause "
                     "longer waits, and equal loads are not equal rates.")
    elif main_group(files, "roundtrip"):
        lines.append("Each round trip starts when the last one has ended: "
                     "queueing delays under an open-loop load are not in these "
                     "figures.")
    left = [text for text, found in (
        ("queues of other depths", has(files, "depth", "messages_per_s")),
        ("wake-up latency after idle",
         has(files, "wake_latency", "latency_ns")),
        ("start-up and recovery", any(
            has(files, r["axes"]["scenario"], name) for r in rows
            for name in ONCE)),
        ("whether anything grows or drifts in a long run",
         has(files, "endurance", "drift_percent_per_min"))) if not found]
    return lines + ([f"Not in this run: {join(left)}; ipcmark bench --full "
                     "has more."] if left else [])


def rows_that_do_not_count(files):
    rows = list(files.rows.values())
    ok = [r for r in rows if r["status"] == "ok"]
    short = [r["id"] for r in ok if is_short(r)]
    unsettled = sum(2 * r["warmup"]["unsettled"] >= r["samples"]["count"]
                    for r in ok)
    invalid = sum(r["status"] == "invalid" for r in rows)
    missing = len(rows) - len(ok) - invalid
    lines = []
    if short:
        rest, are = ("rests", "is") if len(short) == 1 else ("rest", "are")
        lines.append(f"{count_text(len(short), 'row')} {rest} on samples much "
                     f"shorter than planned and {are} not ranked: "
                     f"{join(short[:8])}"
                     f"{', and others' if len(short) > 8 else ''}.")
    if unsettled:
        lines.append(f"In {unsettled} of {len(ok)} rows half of the samples or "
                     "more began before the warm-up had settled.")
    if invalid:
        lines.append(f"{count_text(invalid, 'row')} "
                     f"{'is' if invalid == 1 else 'are'} invalid: not every "
                     "message was proved to have arrived once, in order and "
                     "intact, so there is no figure.")
    if missing:
        lines.append(f"{count_text(missing, 'row')} "
                     f"{'has' if missing == 1 else 'have'} no figure"
                     f"{' for another reason' if invalid else ''}; the reasons "
                     "are below the charts.")
    return lines


def conformance(files):
    if not files.cases:
        return ["Conformance was not checked: a fast back-end may be incorrect."
                " Add the file of ipcmark check."]
    lines = []
    if files.selection:
        lines.append("Only a selection of the clauses was checked: no verdict "
                     "on a back-end follows from it.")
    undecided = sum(c["verdict"] == "L" and c["level"] == "CORE" and
                    c["backend"] in ORDER for c in files.cases)
    if undecided:
        lines.append(f"{count_text(undecided, 'CORE case')} could not be "
                     "decided on this host; such a case counts neither for nor "
                     "against a back-end.")
    if not files.rows:
        lines.append("Nothing was measured. Add the file of ipcmark bench.")
    return lines


def check_limits(page, files):
    sizes = sorted({r["axes"]["size_bytes"] for r in files.rows.values()
                    if r["axes"]["size_bytes"] and is_ours(r)})
    lines = repetitions(files) + wake_ups(files)
    if files.rows:
        lines += placement(files) + shape(files)
    if sizes:
        lines.append(f"Message sizes that were measured: "
                     f"{join([size_text(s) for s in sizes])}.")
    lines += rows_that_do_not_count(files) + conformance(files)
    equal("what this run does not show",
          [plain(s) for s in page.sentences.get("limits", [])], lines)
