#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Does junit_rules.py see each kind of mistake? A good file of all elements is
damaged in one way after the other, as a broken writer would, and the rule that
is against it has to say so.
junit_broken.py FILE"""
import copy
import sys
import tempfile
import xml.etree.ElementTree as tree

from junit_rules import ATTRIBUTES, COUNTED, mistakes


def first(root, tag):
    return next(root.iter(tag))


def damages(good):
    """(what, how it is damaged, what is to be said of it)"""
    present = [tag for tag in ATTRIBUTES if good.find(f".//{tag}") is not None
               or tag == good.tag]
    for tag in present:
        for name in ATTRIBUTES[tag][0]:
            yield (f"<{tag}> without {name}",
                   lambda r, t=tag, n=name: first(r, t).attrib.pop(n),
                   f"<{tag}> has no {name}")
        yield (f"<{tag}> with a host name",
               lambda r, t=tag: first(r, t).set("hostname", "x"),
               f"<{tag}> may not have hostname")
        yield (f"<{tag}> with a foreign child",
               lambda r, t=tag: first(r, t).append(tree.Element("foreign")),
               "<foreign> is unknown")
    for tag in ("testsuite", "testcase"):
        for time in ("1.2345", "1e-05", "-1", "0,5", "nan"):
            yield (f"time {time} of <{tag}>",
                   lambda r, t=tag, v=time: first(r, t).set("time", v),
                   f"time {time} of <{tag}>")
    for tag in ("testsuites", "testsuite", "properties"):
        yield (f"text in <{tag}>",
               lambda r, t=tag: setattr(first(r, t), "text", "x"),
               f"<{tag}> contains text")
    for attribute in COUNTED:
        yield (f"wrong {attribute}",
               lambda r, a=attribute: first(r, "testsuite").set(a, "77"),
               f"{attribute} of <testsuite> is 77")
    yield ("another root", lambda r: setattr(r, "tag", "testsuite"),
           "the root is <testsuite>")
    yield ("a case in a case",
           lambda r: first(r, "testcase").append(
               tree.Element("testcase", {"name": "x", "time": "0"})),
           "<testcase> may not contain <testcase>")
    yield ("properties behind cases",
           lambda r: first(r, "testsuite").append(tree.Element("properties")),
           "<testsuite> has its children in the wrong order")
    yield ("two reasons to skip", lambda r: first(r, "testcase").extend(
        [tree.Element("skipped"), tree.Element("skipped")]),
        "<testcase> has more than 1 <skipped>")


def main():
    good = tree.parse(sys.argv[1]).getroot()
    failed, count = mistakes(sys.argv[1]), 0
    missing = {"failure", "error", "skipped", "property"} - \
        {e.tag for e in good.iter()}
    failed += [f"the file has no <{tag}>" for tag in missing]
    with tempfile.NamedTemporaryFile(suffix=".xml") as file:
        for what, damage, wanted in damages(good):
            bad = copy.deepcopy(good)
            damage(bad)
            tree.ElementTree(bad).write(file.name)
            count += 1
            if wanted not in mistakes(file.name):
                failed.append(f"{what}: not seen; only {mistakes(file.name)}")
    print("\n".join(failed + [f"{count} damages, {len(failed)} not seen"]))
    sys.exit(bool(failed) or count < 30)


main()
