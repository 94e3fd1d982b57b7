# SPDX-License-Identifier: MIT
"""history.csv of the files of history_make.py: these steps and no others, each
value of its run. history_check.py CSV"""
import csv
import sys

ROUND_TRIP = "queue/pipe/roundtrip/size=64/placement=1cpu"
SELF_LOOP = "queue/pipe/self_loop/size=64/placement=1cpu"
WANTED = {
    (ROUND_TRIP, "read (recv)", 4, "444444444444", 2.0),
    (ROUND_TRIP, "recvmsg (recv)", 5, "555555555555", 0.5),
    (ROUND_TRIP, "write (send)", 6, "555555555555", 0.0),
    (SELF_LOOP, "write (self)", 6, "555555555555", 3.0),
    (ROUND_TRIP, "user instructions", 7, "777777777777", 950.5),
    (ROUND_TRIP, "allocations", 8, "888888888888", 1.0),
}
failed = 0
with open(sys.argv[1], newline="", encoding="utf-8") as file:
    rows = list(csv.DictReader(file))


def equal(what, got, wanted):
    global failed
    if got != wanted:
        print(f"{what}: {got} instead of {wanted}")
        failed = 1


steps = {(row["id"], row["name"], int(row["run"]), row["commit"],
          float(row["value"])) for row in rows if row["step"]}
equal("steps", sorted(steps), sorted(WANTED))
ratios = [row for row in rows if row["kind"] == "x raw"]
equal("ratios", [float(row["value"]) for row in ratios],
      [round(1.25 + i / 100, 9) for i in range(8)])
equal("their intervals", [(row["lo"], row["hi"]) for row in ratios][:2],
      [("1.21", "1.32"), ("1.22", "1.33")])
equal("machines", [row["machine"] for row in ratios], list("AAAAAAAB"))
equal("runs of a row with a gap",
      [int(row["run"]) for row in rows if row["id"] == SELF_LOOP],
      [1, 2, 3, 6, 7, 8])
sys.exit(failed)
