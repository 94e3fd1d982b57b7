#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Reads the five outputs of a gate run, each with a reader of its own, and
checks that they have the same rows, one verdict for each of them, and the
same counts that moved; and that the verdict follows from the raw values.
gate_agree.py STEM BACKEND=VERDICT...: STEM.txt, .md, .json, .xml, .html"""
import html.parser
import json
import re
import sys
import xml.etree.ElementTree as tree

VERDICTS = ("REGRESSED", "IMPROVED", "NO-REGRESSION", "INCONCLUSIVE",
            "UNTRUSTED", "NOT-COMPARED")
ELEMENTS = {"REGRESSED": "failure", "IMPROVED": None, "NO-REGRESSION": None}


def verdict_in(text):
    word = re.match(r"[A-Z-]+", text.strip())
    if not word or word[0] not in VERDICTS:
        raise ValueError(f"no verdict: {text!r}")
    return word[0]


def moved_in(text):
    """{"write (send)": (1.0, 2.0)} of "rose: write (send) 1 -> 2"."""
    found = re.findall(r"([a-z_ ()]+?) ([0-9.e+-]+) -> ([0-9.e+-]+)", text)
    return {name.strip().removeprefix("rose: ").removeprefix("fell: ").strip():
            (float(a), float(b)) for name, a, b in found}


def read_text(path):
    rows = {}
    for line in open(path):
        words = line.split(None, 1)
        if re.match(r"[a-z]+/\S+$", words[0] if words else "") and \
                len(words) == 2 and words[1][:1].isupper():
            row = rows[words[0]] = [verdict_in(words[1]), {}]
        elif line.startswith("    ") and " -> " in line:
            row[1] = moved_in(line)
    return rows


def read_markdown(path):
    rows = {}
    for line in open(path):
        cells = [c.strip() for c in line.split("|")]
        if len(cells) == 6 and "/" in cells[1]:
            plain = [c.replace("\\", "") for c in cells]
            rows[plain[1].strip("`")] = [verdict_in(plain[2]),
                                         moved_in(plain[4])]
    return rows


def read_json(path):
    rows = {}
    for row in json.load(open(path))["rows"]:
        moved = {c["name"]: (c["base"][0], c["head"][0])
                 for c in row["counts"] if c["change"] in ("rose", "fell")}
        rows[row["id"]] = [row["verdict"], moved]
        rose = any(c["change"] == "rose" for c in row["counts"])
        if rose and row["verdict"] != "REGRESSED":
            raise ValueError(f"{row['id']}: a count rose: {row['verdict']}")
    return rows


def read_junit(path):
    rows = {}
    for case in tree.parse(path).iter("testcase"):
        children = list(case)
        name = children[0].tag if children else None
        text = children[0].get("message") if children else ""
        # a case that passes has no text
        rows[case.get("name")] = [verdict_in(text) if text else None,
                                  moved_in(text), name]
    return rows


class Page(html.parser.HTMLParser):
    """Rows of the table, and the words of the plot."""

    def __init__(self):
        super().__init__()
        self.cells, self.rows, self.plot, self.text = [], [], [], None

    def handle_starttag(self, tag, attrs):
        if tag == "tr":
            self.cells = []
        if tag in ("td", "text"):
            self.text = ""
        if tag == "td":
            self.cells.append([dict(attrs).get("class"), ""])

    def handle_data(self, data):
        if self.text is not None:
            self.text += data

    def handle_endtag(self, tag):
        if tag == "td":
            self.cells[-1][1] = self.text
        if tag == "text":
            self.plot.append(self.text)
        if tag in ("td", "text"):
            self.text = None
        if tag == "tr" and len(self.cells) == 4:
            self.rows.append(self.cells)


def read_html(path):
    page = Page()
    page.feed(open(path).read())
    rows = {}
    for name, verdict, _, counts in page.rows:
        rows[name[1]] = [verdict_in(verdict[1]), moved_in(counts[1])]
        if verdict[0] != rows[name[1]][0]:
            raise ValueError(f"{name[1]}: class {verdict[0]}, {verdict[1]}")
    for name, word in zip(page.plot, page.plot[1:]):
        if name in rows and verdict_in(word) != rows[name][0]:
            raise ValueError(f"{name}: plot {word}, table {rows[name][0]}")
    return rows


def main():
    stem, *wanted = sys.argv[1:]
    truth = read_json(stem + ".json")
    bad = []
    if not truth:
        bad.append("no rows")
    for kind, read in ((".txt", read_text), (".md", read_markdown),
                       (".html", read_html), (".xml", read_junit)):
        rows = read(stem + kind)
        if rows.keys() != truth.keys():
            bad.append(f"{kind}: rows {sorted(rows)}")
            continue
        for name, (verdict, moved) in truth.items():
            row = rows[name]
            if kind == ".xml":
                element = ELEMENTS.get(verdict, "skipped")
                if row[2] != element:
                    bad.append(f".xml: {name} {row[2]}, {verdict}")
                if element is None:
                    continue
            if row[0] != verdict:
                bad.append(f"{kind}: {name} {row[0]}, JSON {verdict}")
            if row[1] != moved:
                bad.append(f"{kind}: {name} {row[1]}, JSON {moved}")
    for pair in wanted:
        backend, verdict = pair.split("=")
        got = [v[0] for n, v in truth.items() if f"/{backend}/" in n]
        if got != [verdict]:
            bad.append(f"{backend}: {got} instead of {verdict}")
    print("\n".join(bad), end="\n" if bad else "")
    return bool(bad)


sys.exit(main())
