# SPDX-License-Identifier: MIT
"""The page as its readers see it. Every visible text goes to one of four
places: the cells of tables, their captions and heads, the items of lists, and
the blocks of text by section. What a reader asks for counts as read; unread()
says what nobody asked for. See sentences_read.py."""
import re
from collections import Counter
from html.parser import HTMLParser

# Elements that begin a block of text outside of tables and lists.
BLOCKS = ("h1", "h2", "h3", "summary", "p", "dt", "dd", "label", "button", "a",
          "figcaption", "title")
# An anchor belongs to its heading, a span of the first line is a block.
ALONE = ("meta", "nothing")
SILENT = ("script", "style")
# Pictures are gnuplot's; of their texts the reader looks for one.
PICTURE = re.compile("(<svg[^>]*>)(.*?)(?=</svg>)", re.S)


class Figure:
    """pictures: (what stands for it, its content)."""

    def __init__(self, section):
        self.section, self.pictures, self.caption = section, [], ""


class Read(dict):
    """A dict that knows which of its entries were asked for."""

    def __init__(self, *more):
        super().__init__(*more)
        self.asked = set()

    def __getitem__(self, key):
        self.asked.add(key)
        return super().__getitem__(key)

    def get(self, key, default=None):
        self.asked.add(key)
        return super().get(key, default)

    def unread(self):
        return [key for key in self if key not in self.asked]


def new_cell(a):
    return Read({"text": "", "small": "", "sign": "", "title": "",
                 "class": a.get("class", ""), "head": a.get("scope") == "col"})


class Page(HTMLParser):
    """tables: by id, rows of cells. captions, heads: by id. places: the section
    of each table. sentences: lists by section. texts: by section, (element,
    text) in their order. labels: what screen readers are told. data: the
    embedded files."""

    def __init__(self, text):
        super().__init__()
        self.tables, self.sentences = Read(), Read()
        self.captions, self.heads, self.texts = Read(), Read(), Read()
        self.places, self.labels, self.order, self.twice = {}, [], [], []
        self.data, self.seen, self.titles = "", "", []
        self.section = self.table = self.cell = self.item = None
        self.into, self.open, self.blocks = None, [], []
        self.figures, self.figure, self.pictures = [], None, []
        self.feed(PICTURE.sub(self.without_picture, text))
        self.close()

    def without_picture(self, match):
        self.pictures.append(match.group(2))
        return match.group(1)

    def updatepos(self, i, j):
        """Lines are not counted: that takes a tenth of the reading."""
        return j

    # ---- tags ----

    def handle_starttag(self, tag, attributes):
        a = dict(attributes)
        self.open.append(tag)
        if tag in ("figure", "svg"):
            self.begin_figure(tag, a)
        elif a.get("aria-label"):
            self.labels.append((tag, a["aria-label"]))
        if tag == "section":
            self.section = a.get("id")
            self.order.append(self.section)
        elif tag in SILENT:
            self.into = "data" if a.get("id") == "ipcmark-data" else "silent"
        elif tag == "table":
            self.begin_table(a["id"][2:])
        elif self.table:
            self.handle_in_table(tag, a)
        elif tag == "li":
            self.item = ""
        elif self.item is None and (tag in BLOCKS or tag == "span" and
                                    self.is_alone(a)):
            self.begin_block(tag, a)

    def handle_in_table(self, tag, a):
        if tag == "caption":
            self.into = "caption"
        elif tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.cell, self.into = new_cell(a), "text"
        elif tag == "small":
            self.into = "small"
        elif tag == "i":
            self.into = "sign"
        elif tag == "b" and a.get("class", "").startswith("v "):
            # a verdict
            self.cell["class"] = a["class"][2:]
            self.cell["title"] = a.get("title", "")
        if self.cell is not None and tag in ("td", "th"):
            self.cell["title"] = a.get("title", "")

    def begin_figure(self, tag, a):
        if tag == "svg":
            picture = (a.get("aria-label"), self.pictures.pop(0))
            if self.figure:
                self.figure.pictures.append(picture)
            elif picture[0] or a.get("aria-hidden") != "true":
                self.labels.append((tag, picture[0]))
        elif a.get("class") != "answer":
            self.figure = Figure(self.section)
            self.figures.append(self.figure)

    def is_alone(self, a):
        """A span of the machine's line, or of what a search says."""
        return a.get("class") == "nothing" or self.section is None

    def begin_table(self, name):
        if name in self.tables or name in self.captions:
            self.twice.append(name)
        self.table, self.rows = name, []
        self.captions[name], self.heads[name] = "", []
        self.places[name] = self.section

    def begin_block(self, tag, a):
        if tag == "a" and a.get("class") == "anchor":
            return
        block = [tag, ""]
        dict.setdefault(self.texts, self.section, []).append(block)
        self.blocks.append(block)

    def handle_endtag(self, tag):
        while self.open and self.open.pop() != tag:
            pass
        if tag in SILENT:
            self.into = None
        elif tag == "table":
            self.tables[self.table] = [r for r in self.rows if r]
            self.table = self.into = None
        elif self.table:
            self.end_in_table(tag)
        elif tag == "figure":
            self.figure = None
        elif tag == "section":
            self.section = None
        elif tag == "li" and self.item is not None:
            dict.setdefault(self.sentences, self.section,
                            []).append(self.item)
            self.item = None
        elif self.blocks and tag == self.blocks[-1][0]:
            self.blocks.pop()

    def end_in_table(self, tag):
        if tag in ("td", "th"):
            if self.cell["head"]:
                dict.__getitem__(self.heads, self.table).append(
                    self.cell["text"])
            else:
                self.rows[-1].append(self.cell)
            self.cell.asked.clear()
            self.cell = self.into = None
        elif tag in ("small", "i"):
            self.into = "text"
        elif tag == "caption":
            self.into = None

    # ---- text ----

    def handle_data(self, data):
        if self.into == "data":
            self.data += data
        if self.into in ("data", "silent"):
            return
        self.seen += "".join(data.split())
        if self.table:
            self.data_in_table(data)
        elif self.item is not None:
            self.item += data
        elif self.blocks:
            self.blocks[-1][1] += data
            if self.figure and self.blocks[-1][0] == "figcaption":
                self.figure.caption += data
        elif data.strip():
            # in no element that is known
            dict.setdefault(self.texts, self.section,
                            []).append(["text", data.strip()])

    def data_in_table(self, data):
        if self.into == "caption":
            self.captions[self.table] = \
                dict.__getitem__(self.captions, self.table) + data
        elif self.cell is not None:
            self.cell[self.into] = dict.__getitem__(self.cell, self.into) + data
        elif data.strip():
            dict.setdefault(self.texts, self.section,
                            []).append(["table", data.strip()])

    # ---- what was not read ----

    def kept(self):
        """All text in the places of this class, to compare with what came."""
        parts = [s for part in self.sentences.values() for s in part]
        parts += [text for part in self.texts.values() for _, text in part]
        parts += list(self.captions.values())
        parts += [head for part in self.heads.values() for head in part]
        parts += [dict.__getitem__(cell, key) for rows in self.tables.values()
                  for row in rows for cell in row
                  for key in ("text", "small", "sign")]
        return "".join("".join(part.split()) for part in parts)

    def is_whole(self):
        return Counter(self.kept()) == Counter(self.seen)

    def unread_cells(self):
        for name, rows in self.tables.items():
            for number, row in enumerate(rows):
                for cell in row:
                    left = [dict.__getitem__(cell, key)
                            for key in ("text", "small", "sign", "title")
                            if key in cell.unread() and
                            dict.__getitem__(cell, key)]
                    if left:
                        yield name, number, left
