#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Record what the gate measures, of one build only: the batches that
`ipcmark selftest gate` replays.

record_gate.py IPCMARK OUT.csv [BLOCKS]

Every line is one run of `ipcmark bench` with processes of its own, in the
order of time: the row, the block, its place in the block (0 to 3), and the
nanoseconds a message of its samples. 150 blocks of four runs are 300 pairs of
each row and take a quarter of an hour.
"""
import json
import subprocess
import sys
import tempfile

SAMPLES = 5
# rows, and messages of a sample: 10 ms each
ROWS = {
    "queue/pipe/oneway/size=64/placement=1cpu": 6000,
    "queue/shm_ring/oneway/size=64/placement=1cpu": 100000,
    "queue/pipe/roundtrip/size=64/placement=1cpu": 600,
    "queue/pipe/oneway/size=64/placement=2cpu": 5000,
    "queue/shm_ring/oneway/size=64/placement=2cpu": 120000,
}


def read_once(program, row, iterations, seed, path):
    """Nanoseconds a message of the samples of one run."""
    subprocess.run(
        [program, "bench", "--quick", f"--repeat={SAMPLES}",
         f"--iterations={iterations}", "--counts=none", "--quiet",
         "--progress=none", f"--seed={seed}", f"--filter=^{row}$",
         "--filter=-^raw/", f"--report=json={path}"],
        check=True, stdout=subprocess.DEVNULL)
    with open(path, encoding="utf-8") as file:
        cell = json.load(file)["cells"][0]
    if cell["status"] != "ok":
        raise SystemExit(f"{row}: {cell['status']}: {cell['reason']}")
    metric = cell["metrics"][cell["headline"]]
    values = [sample["value"] for sample in metric["samples"]]
    if metric["better"] == "higher":
        values = [1e9 / value for value in values]
    return values


def main():
    program, out = sys.argv[1:3]
    blocks = int(sys.argv[3]) if len(sys.argv) > 3 else 150
    with tempfile.TemporaryDirectory() as folder, \
            open(out, "w", encoding="utf-8") as file:
        for number, row in enumerate(ROWS):
            print(f"# {number} {row}", file=file)
        names = ",".join(f"ns_{i}" for i in range(SAMPLES))
        print(f"row,block,place,{names}", file=file)
        for block in range(blocks):
            for number, (row, iterations) in enumerate(ROWS.items()):
                for place in range(4):
                    values = read_once(program, row, iterations, block,
                                       f"{folder}/{place}.json")
                    text = ",".join(f"{value:.5g}" for value in values)
                    print(f"{number},{block},{place},{text}", file=file)
            file.flush()


if __name__ == "__main__":
    main()
