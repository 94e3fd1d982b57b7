# SPDX-License-Identifier: MIT
"""Does the reader see every text of a page? Pages are changed in one place, a
place of each kind: a text gets a word more, an element is left out, a foreign
one is put in. A change that the reader does not notice is a failure. A third of
the kinds, others in each run; all with IPCMARK_TEST_ALL set.
sentences_planted.py FOLDER: reads what sentences_read.py reads"""
import os
import random
import re
import sys

import sentences_figures
from sentences_page import Page
from sentences_read import PARTS, pages_of

TOKEN = re.compile(r"<!--.*?-->|<[^>]*>|[^<]+", re.S)
ATTRIBUTE = re.compile(r' (title|aria-label)="([^"]+)"')
NO_END = ("meta",)
# Put in behind an end tag.
FOREIGN = {"p": "<p>planted</p>", "ul": "<p>planted</p>", "h2": "planted",
           "li": "<li>planted</li>", "tr": "<tr><td>planted</td></tr>",
           "td": "<td>planted</td>", "small": "<small>planted</small>",
           "div": '<div class="scroll"><table id="t_planted"><tbody><tr>'
                  "<td>1</td></tr></tbody></table></div>",
           "section": '<section id="planted"><p>planted</p></section>',
           "details": "<details><summary>planted</summary></details>",
           "a": '<a href="#summary">planted</a>', "dd": "<dt>planted</dt>",
           "figure": "<figure><figcaption>planted</figcaption></figure>"}
# What a caption may say instead; what stands for the picture says it as well.
WORDS = [("one CPU", "two CPUs"), ("two CPUs", "one CPU"),
         ("Filled", "Hollow"), ("hollow", "filled"), ("median of ", "median of 1"),
         (" repetitions", " to 99 repetitions"),
         ("; a row of fewer than five has no interval", ""),
         (", too few for an interval", ""), ("spinning", "polling"),
         ("; a cross: discarded", ""), ("Half", "Most"), ("99 of", "98 of"),
         (" Hollow: CPython.", ""), (" Hollow: without the library.", "")]
CAPTION = re.compile("<figcaption>(.*?)</figcaption>", re.S)
TITLE = re.compile("(?<=<text>)[A-Z][^<]+[,:] [^<]+(?=</text>)")


class Places:
    """Places of a page, by kind: section, table, elements around."""

    def __init__(self, text):
        self.text, self.found = text, {}
        self.section, self.table, self.open = "", "", []
        for token in TOKEN.finditer(text):
            self.take(token.group(), token.start(), token.end())

    def kind(self, what):
        return (what, self.section, re.sub("[0-9].*", "", self.table),
                *self.open[-2:])

    def add(self, what, start, end, new):
        self.found.setdefault(self.kind(what), (start, end, new))

    def take(self, token, start, end):
        if any(o in ("script", "style", "svg") for o in self.open) and \
                not re.match("</s(cript|tyle|vg)>", token):
            return
        if not token.startswith("<"):
            if token.strip():
                self.add("text", start, end, token.rstrip() + "7 ")
        elif token.startswith("</"):
            self.end(token[2:-1], end)
        elif token[1] not in "!?":
            self.begin(token, start)

    def begin(self, token, start):
        tag = re.match("<([a-z0-9]+)", token).group(1)
        a = dict(re.findall(r'([a-z-]+)="([^"]*)"', token))
        if tag == "section":
            self.section = a["id"]
        if tag == "table":
            self.table = a["id"]
        # the title of a sign is said with the sign
        for found in ATTRIBUTE.finditer(token) if tag != "i" else []:
            if a.get("class", "")[:2] != "v " or self.table:
                self.add(found.group(1), start + found.end(2),
                         start + found.end(2), "7")
        if not token.endswith("/>") and tag not in NO_END:
            self.open.append(f"{tag}.{a.get('class', '')}"
                             if tag in ("div", "span", "ul", "p") else tag)
            self.begun = getattr(self, "begun", []) + [start]

    def end(self, tag, end):
        start = self.begun.pop()
        self.open.pop()
        if tag in FOREIGN:
            self.add(f"behind {tag}", end, end, FOREIGN[tag])
        if tag in ("li", "tr", "p", "h2", "h3", "dd", "small", "a",
                   "figcaption", "figure", "caption"):
            self.add(f"without {tag}", start, end, "")
        if tag == "figure":
            self.end_figure(start, end)
        if tag == "table":
            self.table = ""
        if tag == "section":
            self.section = ""

    def end_figure(self, start, end):
        """Where a figure with a picture ends."""
        figure = self.text[start:end]
        caption = CAPTION.search(figure)
        if not caption or "<svg" not in figure:
            return
        self.add("twice figure", end, end, figure)
        self.add("without picture", start, end,
                 re.sub("<svg.*</svg>", "", figure, flags=re.S))
        for old, new in WORDS:
            said = caption.group(1).replace(old, new, 1)
            if said != caption.group(1):
                self.add(f"figure, “{old}”", start, end,
                         figure.replace(caption.group(1), said))
        title = TITLE.search(figure)
        if title:
            self.add("title of a picture", start + title.end(),
                     start + title.end(), "7")


def is_noticed(text, files):
    before = sentences_figures.failures
    try:
        page = Page(text)
        return any(part(page, files) or sentences_figures.failures > before
                   for part in PARTS)
    except (LookupError, ValueError):
        return True  # a test that ends so fails as well


def main():
    known, tried, unseen = set(), 0, 0
    share = 1 if os.environ.get("IPCMARK_TEST_ALL") else 1 / 3
    sentences_figures.quiet = True
    for number, text, files in sorted(pages_of(sys.argv[1]),
                                      key=lambda page: len(page[1])):
        if is_noticed(text, files):
            unseen += 1
            print(f"page {number}: a change is seen where there is none")
        for kind, (start, end, new) in Places(text).found.items():
            if kind in known:
                continue
            known.add(kind)
            if random.random() >= share:
                continue
            tried += 1
            if not is_noticed(text[:start] + new + text[end:], files):
                unseen += 1
                print(f"page {number}: not noticed: {kind}: "
                      f"{text[start:end]!r} {new!r}")
    print(f"{tried} changes of {len(known)} kinds, {unseen} not noticed")
    sys.exit(unseen > 0 or len(known) < 1000)


main()
