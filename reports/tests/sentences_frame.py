# SPDX-License-Identifier: MIT
"""What stands between tables and lists: headings, leads, handles, links, the
first line, the paragraphs of the method. Each is a text of the list below, in
its order; another one is a failure. See sentences_read.py."""
from sentences_clauses import clause_texts
from sentences_figures import equal, fail, plain
from sentences_machine import (
    command_texts, machine_line, run_line)

# Of a section: heading, link, handle of what is folded, lead.
SECTIONS = {
    "caveats": ("Caveats", "Caveats", "",
        ""),
    "recommendation": ("Which back-end should I use?", "Choose", "",
        "Each need names the rows that measure it; a need for which no row "
        "has a figure has no line. One back-end leads by its median; those "
        "whose medians are within 3 % of it, or whose intervals overlap, "
        "cannot be told apart from it. Bare: how many times the same loop "
        "over plain system calls."),
    "charts": ("The main charts", "Charts", "",
        "The band around a line is the interval of its medians. All other "
        "charts are below, folded."),
    "conformance": ("Conformance", "Conformance", "By section",
        "The same clauses on every back-end. A skipped clause never counts "
        "as a pass: it leaves a back-end incomplete."),
    "environment": ("Environment", "Environment", "Show all facts",
        "What can change a figure. Facts that this machine does not show "
        "are unknown, with the reason."),
    "limits": ("What this run does not show", "", "",
        ""),
    "throughput": ("One-way throughput by message size", "", "",
        "One sender, one receiver, messages in one direction. A row has a "
        "figure only if every message was proved to arrive once, in order "
        "and intact. The band around a line is the interval of its medians; "
        "charts side by side share their scale."),
    "round_trip": ("Round-trip time by message size", "", "",
        "A message and its answer; the figure is the time of the whole "
        "round trip, not half of it."),
    "mpmc": ("Many producers and consumers", "", "",
        "Messages per second of all processes together, counted at the "
        "receivers."),
    "fairness": ("Fairness", "", "",
        "What each of several contending processes got. Jain's index: 1 if "
        "all got the same, 1/n if one process got everything. The least "
        "served process: 1 if it got its share, 0 if it got nothing."),
    "open_loop": ("Latency under load (open loop)", "", "",
        "Messages come at a steady rate, whether or not the earlier ones "
        "have been carried: the load is a share of the capacity that was "
        "measured for this back-end. With marks: from the intended start of "
        "a message, which is what its receiver waits for. Dotted, in the "
        "same colour: from its actual start, which hides the queue that "
        "builds up. A ring marks a load that was not carried."),
    "depth": ("Throughput by queue depth", "", "",
        "How many items the queue may hold before its sender waits."),
    "wake_latency": ("Wake-up latency after idle", "", "",
        "Latency of a message that follows an idle period: the receiver "
        "sleeps, and caches and CPUs have cooled down."),
    "self_loop": ("Put and get in one process", "", "",
        "No waiting, no other process, no context switch: what is left is "
        "the cost of the calls."),
    "locks": ("Locks", "", "",
        ""),
    "sync": ("Synchronisation objects", "", "",
        "Uncontended: the cost of the calls. Contended: several processes "
        "want the object all the time. Hand-off: two processes pass the "
        "turn to each other; the figure is the whole round trip, not half "
        "of it. Rounds: all processes wait for one another."),
    "lifecycle": ("Start-up, shut-down, recovery", "", "",
        "Costs that are paid once. Recovery: a process is killed in the "
        "middle of a call; the figure is the time until the other processes "
        "go on."),
    "process": ("Process: start and join", "", "",
        "A process that does nothing is started and joined. Below 1 it is "
        "faster than the bare calls; exit flushes the standard streams, as "
        "the library must, _exit does not."),
    "manager": ("Manager: get and set of a dict", "", "",
        "Clients read and write values of a dict that lives in the "
        "manager's process. A request carries its value in one direction; "
        "the round trip that it is compared with carries as many bytes in "
        "both. With several clients the time includes the wait for the "
        "others."),
    "pool": ("Pool: map of empty tasks", "", "",
        "Four workers, chunks of one task; the task returns its argument, "
        "and every result is checked. Each task passes two queues, one to "
        "the worker and one back."),
    "endurance": ("Endurance", "", "",
        "One long run: does the rate drift, does anything grow?"),
    "overhead": ("Overhead over the raw mechanism", "", "",
        "The object against the same loop over the raw mechanism, which "
        "does less: no bound in items, no timeouts, no survival of a killed "
        "process. 1 is as good as the mechanism itself, 2 takes twice the "
        "time or carries half as much. The ratio is formed sample by sample "
        "from neighbours in time."),
    "cost": ("System calls, switches and memory per message", "", "",
        ""),
    "competitors": ("Comparison with other libraries", "", "",
        "Measured in the same run, with the same sizes, capacity in "
        "messages, verification and way of waiting. A competitor has other "
        "semantics than the back-ends; it is not ranked. Above 1 the "
        "back-end is better; green where the intervals do not overlap."),
    "baselines": ("Baselines", "", "Show the baselines",
        "Raw mechanisms without the library, limits of the machine, and the "
        "fake back-end that measures the harness. They are not ranked."),
    "features": ("Native and emulated features", "", "",
        "Native: the mechanism has it. Emulated: the library adds it, in "
        "the same way for every back-end."),
    "python_tests": ("CPython's own tests", "", "By class of tests",
        "The tests that CPython has for its multiprocessing, run against "
        "this library. Way: objects, the library's in place of CPython's; "
        "feeder, the same with queues that have a feeder; modules, "
        "CPython's queues, pools, conditions and managers over the "
        "library's pipes and locks. Not applicable: tests of what only "
        "CPython has."),
    "noise": ("Noise", "", "",
        "What disturbed the machine while the samples were taken."),
    "method": ("Method", "", "",
        ""),
    "data": ("Data, and how to repeat this", "", "Every row",
        ""),
}
FRONT = ("caveats", "recommendation", "charts", "conformance", "environment")
FIGURES = "The figures as tables"
# Where a table belongs: the start of its id.
PLACES = {
    "recommendation": "recommendation", "rules": "recommendation",
    "scores": "conformance", "sections": "conformance",
    "matrix": "conformance", "machine": "environment",
    "environment": "environment", "figures_0_": "round_trip",
    "modes_0": "round_trip", "percentiles_0_": "round_trip",
    "figures_1_": "throughput", "modes_1": "throughput",
    "figures_2_": "self_loop", "figures_3_": "locks", "figures_4_": "locks",
    "figures_5_": "mpmc", "figures_8_": "open_loop", "tail_8_": "open_loop",
    "percentiles_8_": "open_loop", "figures_9_": "open_loop",
    "tail_9_": "open_loop", "percentiles_9_": "open_loop",
    "figures_10_": "depth", "tail_10_": "depth", "figures_11_": "wake_latency",
    "tail_11_": "wake_latency", "percentiles_11_": "wake_latency",
    "fairness": "fairness", "metrics_sync": "sync",
    "metrics_life": "lifecycle", "metrics_endurance": "endurance",
    "metrics_cost": "cost", "calls": "cost", "process": "process",
    "manager_": "manager", "pool_": "pool", "overhead": "overhead",
    "competitor": "competitors", "baselines": "baselines",
    "features": "features", "python_tests": "python_tests", "noise": "noise",
    "cells": "data"}
# Tables that stand folded; the rest is always open.
FOLDED = ("figures_", "tail_", "percentiles_", "sections", "environment",
          "fairness", "manager_rates", "pool_task", "baselines",
          "python_tests", "cells")
NOT_FOLDED = ("pool_tasks", "python_tests_sums")

METHOD = [
    "Workers are processes, forked afresh for every sample and pinned as "
    "stated. The clock runs from the moment they have met to the last "
    "verified receipt. The repetitions of all rows are shuffled, so that a "
    "disturbance does not hit one back-end only. Each message carries its "
    "number; the receiver checks it in the timed pass, and every byte in a "
    "separate pass. A row that lost, duplicated, reordered or damaged a "
    "message is invalid and has no figure.",
    "The figure of a row is the median of its repetitions. The interval comes "
    "from order statistics and assumes no distribution; its level is at least "
    "93 %, and rows of fewer than five repetitions have none and are not "
    "ranked. A filled circle ● marks the best figure of a line and all that "
    "cannot be told apart from it: the medians are less than 3 % apart, or "
    "the intervals overlap. Rows whose samples were much shorter than planned "
    "are marked and not ranked. A cross ✗ marks a back-end that fails a CORE "
    "clause: its figures are shown but not ranked.",
    "Percentiles are printed only if at least ten round trips lie beyond "
    "them. Round trips are closed loop: the next one starts when the last one "
    "has ended."]
DATA = ("This page holds its own data: ipcmark report --from report.html makes "
        "it again, and the Markdown and CSV files with it. Histograms and the "
        "samples of secondary metrics are in the result files only.")


def starts_with(name, starts):
    return any(name.startswith(start) for start in starts)


def is_folded(table):
    return starts_with(table, FOLDED) and not starts_with(table, NOT_FOLDED)


def head_texts(section):
    heading, _, _, lead = SECTIONS[section]
    if section in FRONT:
        return [("h2", f"{heading} #")] + ([("p", lead)] if lead else [])
    return [("h3", heading), ("p", f"{lead} #".strip())]


def section_texts(page, files, section):
    """Behind its head: handles of what is folded, paragraphs."""
    tables = [t for t, place in page.places.items() if place == section]
    handle = SECTIONS[section][2] or FIGURES
    texts = []
    if any(is_folded(t) for t in tables):
        texts.append(("summary", handle))
    if section == "conformance":
        texts += clause_texts(files)
    if section == "method":
        texts += [("p", paragraph) for paragraph in METHOD]
    if section == "data":
        texts = command_texts(files) + [("p", DATA)] + texts
        texts += [("label", "Find")] if "cells" in tables else []
    return head_texts(section) + texts


def check_texts(page, files):
    for section in page.order:
        # captions are of check_charts
        got = [(tag, plain(text)) for tag, text in page.texts.get(section, [])
               if plain(text) and (tag != "figcaption" or section == "summary")]
        if section in SECTIONS:
            equal(f"texts of {section}", got,
                  section_texts(page, files, section))
        elif section == "all":
            equal("texts of all", got, [("h2", "All measurements #"),
                                        ("p", "Each line opens.")])
        elif section == "summary":
            # the heading is of check_answer, the captions of check_chart
            equal("texts of summary", [t for t in got if
                                       t[0] not in ("h1", "figcaption")], [])
        else:
            fail(f"section {section} is not known")


def check_order(page, files):
    shown = [s for s in page.order if s not in ("summary", "all")]
    equal("sections and their order", shown,
          [s for s in SECTIONS if s in shown])
    folded = [s for s in shown if s not in FRONT]
    wanted = ["summary"] + [s for s in shown if s in FRONT] + \
        (["all"] if folded else []) + folded
    equal("front and folded", page.order, wanted)
    for section in shown:
        if section not in page.places.values() and \
                not page.sentences.get(section) and \
                section not in [f.section for f in page.figures] and \
                section not in ("method", "data"):
            fail(f"section {section} is empty")
    for table, section in page.places.items():
        equal(f"section of table {table}", section, next(
            (place for start, place in PLACES.items()
             if table.startswith(start)), None))


def check_frame(page, files):
    """The title, the first line, the links; what screen readers are told."""
    links = ["Answer"] + [SECTIONS[s][1] for s in page.order
                          if s in SECTIONS and SECTIONS[s][1]] + \
        (["All measurements"] if "all" in page.order else [])
    got = [(tag, plain(text)) for tag, text in page.texts.get(None, [])
           if plain(text)]
    equal("first line and links", got,
          [("title", f"ipcmark: {machine_line(files)}"), ("p", "ipcmark"),
           ("span", machine_line(files))] +
          [("span", run_line(one)) for one in files.documents] +
          [("button", "Dark")] + [("a", link) for link in links])
    check_labels(page)


def check_labels(page):
    titles = {**{s: v[0] for s, v in SECTIONS.items()},
              "all": "All measurements"}
    wanted = [("button", "Switch between light and dark"), ("nav", "Sections")]
    wanted += [("a", f"Link to: {titles[s]}") for s in page.order
               if s in titles]
    # asked for as captions already, or not: another check
    wanted += [("div", dict.__getitem__(page.captions, t))
               for t in page.captions]
    if "charts" in page.order:
        wanted.append(("ul", "Colours and markers"))
    equal("labels", sorted(page.labels), sorted(wanted))
