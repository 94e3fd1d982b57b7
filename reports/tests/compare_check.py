# SPDX-License-Identifier: MIT
# Reads two result files and the JSON of `ipcmark compare` without our code: the
# ratio and the interval of every row, by listing all orders of the two samples.
# compare_check.py BASE OTHER COMPARISON MARGIN SCHEMA
import itertools
import json
import math
import sys


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def values(cell):
    metric = cell["metrics"][cell["headline"]]
    state = cell.get("state") or ""
    out = [s["value"] for s in metric.get("samples") or []
           if not (state and s.get("state") and s["state"] != state)]
    return out or [metric["summary"]["median"]] * metric["summary"]["n"]


def outside(m, n, level):
    """How many pairwise ratios lie outside the interval at each end."""
    counts = {}
    for places in itertools.combinations(range(m + n), m):
        u = sum(place - i for i, place in enumerate(places))
        counts[u] = counts.get(u, 0) + 1
    total, sum_, k = sum(counts.values()), 0, 0
    while (sum_ + counts.get(k, 0)) / total <= (1 - level) / 2 + 1e-12:
        sum_ += counts.get(k, 0)
        k += 1
    return k


def expect(base, other, level):
    a, b = values(base), values(other)
    metric = base["metrics"][base["headline"]]
    if metric["better"] == "higher":
        a, b = b, a
    ratios = sorted(y / x for x in a for y in b)
    k = outside(len(a), len(b), level)
    middle = math.sqrt(ratios[(len(ratios) - 1) // 2] * ratios[len(ratios) // 2])
    return middle, ratios[k - 1] if k else None, ratios[-k] if k else None


def verdict(low, high, margin):
    if low is None:
        return "cannot tell"
    if low > 1 + margin:
        return "slower"
    if high < 1 / (1 + margin):
        return "faster"
    if low >= 1 / (1 + margin) and high <= 1 + margin:
        return "no difference"
    return "cannot tell"


def near(a, b):
    return a is b or (a is not None and b is not None and
                      abs(a - b) <= 1e-9 * abs(b))


def check_schema(comparison, schema):
    try:
        import jsonschema
    except ImportError:
        return
    jsonschema.Draft7Validator.check_schema(schema)
    jsonschema.validate(comparison, schema)


def main():
    base, other, comparison = (load(path) for path in sys.argv[1:4])
    check_schema(comparison, load(sys.argv[5]))
    margin = float(sys.argv[4])
    a = {c["id"]: c for c in base["cells"]}
    b = {c["id"]: c for c in other["cells"]}
    rows = {r["id"]: r for r in comparison["rows"]}
    bad = 0
    if set(rows) != set(a) | set(b):
        print("other rows than in the files:", set(rows) ^ (set(a) | set(b)))
        bad += 1
    compared = 0
    for name, row in rows.items():
        both = all(c.get(name, {}).get("status") == "ok" for c in (a, b))
        if not both:
            wanted = (None, None, None, "not compared")
        elif (a[name].get("state") or "") != (b[name].get("state") or ""):
            continue
        else:
            figures = expect(a[name], b[name], comparison["level"])
            wanted = (*figures, verdict(figures[1], figures[2], margin))
            compared += 1
        got = (row["ratio_of_times"], row["ratio_lo"], row["ratio_hi"])
        if row["result"] != wanted[3] or \
                not all(near(x, y) for x, y in zip(got, wanted)):
            print(name, "is", got, row["result"], "instead of", wanted)
            bad += 1
    if not compared:
        print("no row was compared")
        bad += 1
    sys.exit(bad > 0)


main()
