# SPDX-License-Identifier: MIT
"""Each clause on each back-end with its evidence, the column of the reference,
CPython's own tests. See sentences_read.py."""
from sentences_figures import ORDER, equal, plain, value_text

SIGNS = {"P": "✓", "U": "–", "F": "✗", "L": "?", "d": "≠"}
WORDS = {"P": "pass", "U": "unsupported", "F": "fail", "L": "host limit",
         "d": "differs"}
KINDS = {"P": "good", "U": "declared", "F": "bad", "L": "open",
         "d": "declared"}
SECTIONS = {"G": "General", "Q": "Queue", "P": "Pipe, Connection, Listener",
            "X": "Crash, leaks, fork, names, limits"}
NOTE = ("The last column is not a back-end: it is {}, the implementation that "
        "the rules describe, run against the same rules. It fails {} of them, "
        "most of which ask for more than it promises (BEYOND); d marks "
        "intended differences.")


def section_of(clause):
    return clause["id"].split("-")[0]


def checked(files):
    return [b for b in ORDER if any(c["backend"] == b for c in files.cases)]


def clauses(files):
    """One case of each clause, by section, else as they come."""
    found = {}
    for case in files.cases:
        found.setdefault(case["id"], case)
    return sorted(found.values(),
                  key=lambda c: list(SECTIONS).index(section_of(c)))


def case_of(files, clause, backend):
    return next((c for c in files.cases
                 if (c["id"], c["backend"]) == (clause["id"], backend)), None)


# ---- the reference ----

def reference(files):
    """The first file's that has one; the same everywhere."""
    return next((one["reference"] for one in files.documents
                 if one.get("reference", {}).get("cases")), None)


def reference_words(rule):
    """What stands for its evidence."""
    if rule["deviation"] or rule["reason"]:
        return rule["deviation"] or rule["reason"]
    if not rule["observed"]:
        return WORDS[rule["verdict"]]
    return f"expected: {rule['expected']}; observed: {rule['observed']}"


# ---- the matrix ----

def matrix_cell(case):
    if not case:
        return ("", "", "", "", "")
    v = case["verdict"]
    return (v, SIGNS[v], "", KINDS[v], WORDS[v])


def reference_cell(column, clause):
    rule = next((r for r in column["cases"] if r["id"] == clause["id"]), None)
    if not rule:
        return ("", "", "", "reference", "")
    cell = matrix_cell(rule)
    return (*cell[:4], reference_words(rule))


def parts_of(cell):
    return tuple(plain(cell[key]) for key in
                 ("text", "sign", "small", "class", "title"))


def check_matrix(page, files):
    backends, column = checked(files), reference(files)
    wanted, last = [], None
    for clause in clauses(files):
        if section_of(clause) != last:
            last = section_of(clause)
            wanted.append([(SECTIONS[last], "", "", "", "")])
        row = [(clause["id"] + clause["title"], "", clause["requirement"], "",
                ""), (clause["level"], "", "", "level", "")]
        row += [matrix_cell(case_of(files, clause, b)) for b in backends]
        wanted.append(row + ([reference_cell(column, clause)]
                             if column else []))
    equal("matrix", [[parts_of(c) for c in row]
                     for row in page.tables.get("matrix", [])], wanted)
    if wanted:
        equal("heads of matrix", [plain(h) for h in page.heads["matrix"]],
              ["Clause", "Level", *backends] +
              ([column["name"]] if column else []))


# ---- evidence ----

def duration_text(case):
    return value_text(case["duration_ns"], "ns")


def evidence(case):
    v = case["verdict"]
    texts = [("summary", f"{v}{SIGNS[v]} {case['id']} {case['backend']} "
              f"{WORDS[v]}: {case['title']}")]
    facts = [("Requirement", case["requirement"]),
             ("Expected", case["expected"]), ("Observed", case["observed"]),
             ("Reason", case["reason"]), ("Duration", duration_text(case)),
             ("Source", case["source"]), ("Seed", case["seed"]),
             ("Reproduce", case["reproduce"])]
    if case.get("runs", 0) > 1:
        facts.insert(4, ("Passed", f"{case['passes']} of {case['runs']} times"))
    for name, text in facts:
        if text not in (None, ""):
            texts += [("dt", name), ("dd", str(text))]
    return texts


def all_evidence(files, heading, letters):
    found = [c for c in files.cases if c["verdict"] in letters]
    texts = [("h3", heading)] if found else []
    for case in found:
        texts += evidence(case)
    return texts


def reference_texts(column):
    found = [r for r in column["cases"] if r["verdict"] != "P"]
    texts = [("h3", f"{column['name']} does otherwise")] if found else []
    for rule in found:
        texts += [("dt", f"{rule['verdict']} {rule['id']}"),
                  ("dd", reference_words(rule))]
    return texts


def clause_texts(files):
    """Outside of tables and lists, in their order."""
    column = reference(files)
    count = len(clauses(files))
    texts = all_evidence(files, "Failed or undecided", "FL")
    texts += [("summary", f"All {count} clauses on each back-end"),
              ("label", "Find"), ("button", "Only differences"),
              ("button", "Only clauses not passed")]
    if column:
        fails = sum(r["verdict"] == "F" for r in column["cases"])
        texts.append(("p", NOTE.format(column["name"], fails)))
    texts += all_evidence(files, "Evidence", "U")
    return texts + (reference_texts(column) if column else [])


# ---- CPython's own tests ----

def tests_cell(tests):
    if not tests:
        return "–", "", []
    passed, failed, other = (sum(t[key] for t in tests) for key in
                             ("passed", "failed", "not_applicable"))
    notes = [f"{count} {word}" for count, word in
             ((failed, "failed"), (other, "not applicable")) if count]
    return str(passed), ", ".join(notes), ["bad"] if failed else []


def check_python_tests(page, files):
    column = reference(files)
    tests = column.get("own_tests", []) if column else []
    for table, names in (("python_tests_sums", ("way",)),
                         ("python_tests", ("class", "way"))):
        rows = list(dict.fromkeys(tuple(t[n] for n in names) for t in tests))
        got = page.tables.get(table, [])
        equal(table, [tuple(plain(c["text"]) for c in r[:len(names)])
                      for r in got], rows)
        for row, key in zip(got, rows):
            for backend, cell in zip(page.heads[table][len(names):],
                                     row[len(names):]):
                equal(f"{table}, {key}, {backend}",
                      (plain(cell["text"]), plain(cell["small"]),
                       [c for c in cell["class"].split() if c != "num"]),
                      tests_cell([t for t in tests if t["backend"] == backend
                                  and tuple(t[n] for n in names) == key]))
