# SPDX-License-Identifier: MIT
"""Does the page say what the result file says? For each clause on each back-end
the letter in the matrix and the evidence are compared, for each back-end the
scores. Shares no code with the report.
agree_page.py RESULT.json PAGE.html"""
import html
import json
import re
import sys

with open(sys.argv[1]) as file:
    document = json.load(file)
with open(sys.argv[2]) as file:
    page = file.read()
failed = not document["cases"] or not document["scores"]


def part(text, start, end):
    """What stands between two marks; "" if it is not there."""
    at = text.find(start)
    return "" if at < 0 else text[at + len(start):text.find(end, at)]


def compare(what, got, wanted):
    global failed
    if html.unescape(got) != wanted:
        print(f"{what}: the page says {got!r}, the file {wanted!r}")
        failed = True


def check_case(case, columns, matrix):
    what = f"{case['id']} on {case['backend']}"
    row = part(matrix, f"<code>{case['id']}</code>", "</tr>").split("<td")[2:]
    cell = row[columns.index(case["backend"])]
    compare(what, part(part(cell, "<b ", "</b>"), '">', "<"), case["verdict"])
    if case["verdict"] == "P":
        return
    evidence = part(page, f'<details id="e_{case["backend"]}_{case["id"]}">',
                    "</details>")
    for name in "Expected", "Observed", "Reason", "Seed":
        wanted = case[name.lower()]
        compare(f"{name} of {what}",
                part(evidence, f"<dt>{name}</dt><dd>", "</dd>"),
                "" if wanted is None else str(wanted))
    compare(f"command of {what}",
            part(evidence, "<dt>Reproduce</dt><dd><code>", "</code>"),
            case["reproduce"])


def check_score(score, table):
    name = score["backend"]
    cells = [part(cell, ">", "<")
             for cell in part(table, f">{name}</th>", "</tr>").split("<td")[1:]]
    compare(f"conclusion of {name}", cells[0], score["conclusion"])
    for level, cell in zip(("CORE", "OPTIONAL", "BEYOND"), cells[1:]):
        total = score[level]["total"]
        if level == "OPTIONAL":
            total -= score[level]["unsupported"]
        compare(f"{level} of {name}", cell,
                f"{score[level]['passed']} of {total}")


matrix = part(page, 'id="t_matrix"', "</table>")
columns = re.findall(r'<th scope="col"[^>]*>(.*?)</th>', matrix)[2:]
for case in document["cases"]:
    check_case(case, columns, matrix)
for score in document["scores"]:
    check_score(score, part(page, 'id="t_scores"', "</table>"))
sys.exit(failed)
