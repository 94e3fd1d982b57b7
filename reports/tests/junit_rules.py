#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Would Jenkins' xunit plug-in and Maven Surefire take this JUnit file?

Holds it against what their schemas (junit-10.xsd of the plug-in, each
testsuite alone against surefire-test-report.xsd) ask for, written down here
as rules; and the counts against what is counted.
junit_rules.py FILE...
"""
import re
import sys
import xml.etree.ElementTree

# Of Surefire: at most three digits after the point.
TIME = re.compile(r"(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]{0,3})?")

# element: attributes that it must have, and may have, under both schemas
ATTRIBUTES = {
    "testsuites": (set(), {"name", "time", "tests", "failures", "errors"}),
    "testsuite": ({"name", "tests", "failures", "errors", "skipped"},
                  {"time", "group"}),
    "properties": (set(), set()),
    "property": ({"name", "value"}, set()),
    "testcase": ({"name", "time"}, {"classname", "group"}),
    "failure": ({"type"}, {"message"}),
    "error": ({"type"}, {"message"}),
    "skipped": (set(), {"message"}),
    "system-out": (set(), set()),
    "system-err": (set(), set()),
}
# element: its children, in the order in which they have to stand, and how
# many of each there may be
CHILDREN = {
    "testsuites": [("testsuite", None)],
    "testsuite": [("properties", None), ("testcase", None)],
    "properties": [("property", None)],
    "testcase": [("failure", None), ("skipped", 1), ("error", 1),
                 ("system-out", 1), ("system-err", 1)],
}
COUNTED = {"tests": "testcase", "failures": "failure", "errors": "error",
           "skipped": "skipped"}


def check_attributes(element, complain):
    needed, allowed = ATTRIBUTES[element.tag]
    for name in sorted(needed - set(element.attrib)):
        complain(f"<{element.tag}> has no {name}")
    for name in sorted(set(element.attrib) - needed - allowed):
        complain(f"<{element.tag}> may not have {name}")
    if not TIME.fullmatch(element.get("time", "0")):
        complain(f"time {element.get('time')} of <{element.tag}>")


def check_children(element, complain):
    order = CHILDREN.get(element.tag, [])
    names = [name for name, _ in order]
    found = [child.tag for child in element]
    for tag in sorted(set(found) - set(names)):
        complain(f"<{element.tag}> may not contain <{tag}>")
    ranks = [names.index(tag) for tag in found if tag in names]
    if ranks != sorted(ranks):
        complain(f"<{element.tag}> has its children in the wrong order")
    for name, most in order:
        if most is not None and found.count(name) > most:
            complain(f"<{element.tag}> has more than {most} <{name}>")
    if order and element.tag != "testcase" and (element.text or "").strip():
        complain(f"<{element.tag}> contains text")


def check_counts(element, complain):
    for attribute, tag in COUNTED.items():
        value = element.get(attribute)
        if value is not None and value != str(len(list(element.iter(tag)))):
            complain(f"{attribute} of <{element.tag}> is {value}")


def mistakes(path):
    found = []
    root = xml.etree.ElementTree.parse(path).getroot()
    if root.tag != "testsuites":
        found.append(f"the root is <{root.tag}>")
    for element in root.iter():
        if element.tag not in ATTRIBUTES:
            found.append(f"<{element.tag}> is unknown")
            continue
        check_attributes(element, found.append)
        check_children(element, found.append)
        check_counts(element, found.append)
    return found


def main():
    failed = False
    for path in sys.argv[1:]:
        for mistake in sorted(set(mistakes(path))):
            print(f"{path}: {mistake}")
            failed = True
    sys.exit(1 if failed or len(sys.argv) < 2 else 0)


if __name__ == "__main__":
    main()
