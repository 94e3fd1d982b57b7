# SPDX-License-Identifier: MIT
"""CPython's own tests of multiprocessing, run against our objects.

The interpreter's module test._test_multiprocessing is imported once. Each of
its tests runs in a process forked from here, in a process group of its own
under a time limit, after multiprocessing's objects were replaced (objects.py).
tests.tsv says which classes run, in which way, and which tests cannot apply
and why. A class of tests that it does not name is an error, and a test that it
does not name has to pass.
"""
import argparse
import collections
import csv
import faulthandler
import gc
import json
import os
import re
import select
import shutil
import signal
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
LIMIT_S = 60
PASS, FAIL, SKIPPED, UNLISTED = "pass", "fail", "not applicable", "unlisted"
# of a back-end with a limit that processes share, so many at once
LIMITED_AT_ONCE = 2
EXIT_OK, EXIT_FAILED, EXIT_USAGE = 0, 1, 2
EXIT_NOTHING, EXIT_INTERRUPTED = 77, 130

Job = collections.namedtuple("Job", "way cls test backend")


def give_up(why):
    print("CPython's tests: skipped: " + why)
    sys.exit(EXIT_NOTHING)


def import_tests():
    """CPython's tests and our module, or a clear line why not."""
    try:
        import test._test_multiprocessing as tests
    except (ImportError, unittest.SkipTest) as error:
        give_up("%s has no usable test._test_multiprocessing (%s); Debian: "
                "apt install libpython3.%d-testsuite"
                % (sys.executable, error, sys.version_info[1]))
    try:
        import objects
    except ImportError as error:
        give_up("the module ipcmark_cpython was not built for %s (%s)"
                % (sys.executable, error))
    return tests, objects


class Table:
    """tests.tsv: what, ways, class[.test], back-ends, reason."""

    def __init__(self, path):
        self.runs, self.outside, self.cannot = {}, {}, []
        self.slow, self.signals = set(), set()
        with open(path, newline="") as file:
            for row in csv.reader(file, delimiter="\t",
                                  quoting=csv.QUOTE_NONE):
                if row and not row[0].startswith("#"):
                    self._add(*row)

    def _add(self, what, ways, name, backends, reason):
        if what == "run":
            self.runs[name] = ways.split(",")
        elif what == "outside":
            self.outside[name] = reason
        elif what == "slow":
            self.slow.add(name)
        elif what == "signals":
            self.signals.add(name)
        elif what == "cannot":
            self.cannot.append((ways.split(","), name, backends, reason))
        else:
            raise ValueError("tests.tsv: what is " + what)

    def is_left_out(self, job, options):
        name = job.cls + "." + job.test
        return (options.quick and (job.cls in self.slow or name in self.slow)
                or options.no_signals and name in self.signals)

    def why_not(self, job, maxima):
        """Why this test cannot apply there, or None."""
        for ways, name, backends, reason in self.cannot:
            if name != job.cls + "." + job.test or job.way not in ways:
                continue
            below = re.fullmatch(r"semaphores below (\d+)", backends)
            if (maxima[job.backend] < int(below[1]) if below else
                    backends == "*" or job.backend in backends.split(",")):
                return reason
        return None


def made_for_processes(tests, name, base):
    """A class that can be pickled: its module has it under its name."""
    name = "WithProcesses" + name.lstrip("_")
    made = type(name, (base, tests.ProcessesMixin, unittest.TestCase),
                {"__module__": tests.__name__})
    setattr(tests, name, made)
    return made


def classes_of(tests):
    """The test cases of the module, by name: (class, made for processes)."""
    found = {}
    for name, value in list(vars(tests).items()):
        if not isinstance(value, type) or value is tests.BaseTestCase:
            continue
        if issubclass(value, tests.BaseTestCase):
            if "processes" in value.ALLOWED_TYPES:
                found[name] = made_for_processes(tests, name, value)
        elif issubclass(value, unittest.TestCase):
            found[name] = value
    return found


def plan(classes, table, backends, options):
    """The jobs to run, and the answers that are known without running."""
    jobs, known = [], []
    for name, cls in classes.items():
        if name in table.outside:
            continue
        if name not in table.runs:
            known.append((Job("-", name, "-", "-"), UNLISTED,
                          "this class of tests is not in tests.tsv: add a row "
                          "run or outside", 0.0))
            continue
        for test in unittest.defaultTestLoader.getTestCaseNames(cls):
            for way in table.runs[name]:
                for backend in backends:
                    job = Job(way, name, test, backend)
                    if (not re.search(options.filter, name_of(job))
                            or table.is_left_out(job, options)):
                        continue
                    why = table.why_not(job, backends)
                    if why is None:
                        jobs.append(job)
                    else:
                        known.append((job, SKIPPED, why, 0.0))
    return jobs, known


def last_line(text):
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else ""


def patience(tests):
    """The tests sleep for DELTA, 0.1 s, and then expect others to be through.

    On a loaded machine they are not. A test of conditions that fails so hangs:
    it joins a thread that it has not notified yet.
    """
    factor = os.getloadavg()[0] / os.cpu_count() / 2
    tests.DELTA *= max(1, min(10, factor))


def run_test(job, cls, tests, objects):
    """In the child: run it and say what came out."""
    import multiprocessing
    multiprocessing.set_start_method("fork", force=True)
    objects.use(job.way, job.backend, tests)
    patience(tests)
    result = unittest.TestResult()
    unittest.TestSuite([cls(job.test)]).run(result)
    gc.collect()
    wrong = result.errors + result.failures
    for _, text in wrong:
        sys.stderr.write(text)
    if wrong:
        return FAIL, last_line(wrong[0][1])
    if result.unexpectedSuccesses:
        return FAIL, "an unexpected success"
    if result.skipped:
        return SKIPPED, "the test says: " + result.skipped[0][1]
    return PASS, ""


def child_main(job, cls, tests, objects, answer_fd, output, folder):
    """Never returns."""
    try:
        os.setpgid(0, 0)
        os.chdir(folder)
        tempfile.tempdir = folder
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        # asked by it, each process says where its threads are
        faulthandler.register(signal.SIGUSR2)
        answer = run_test(job, cls, tests, objects)
        os.write(answer_fd, json.dumps(answer).encode())
        sys.stderr.flush()
        sys.stdout.flush()
        # what multiprocessing does when a program ends
        import multiprocessing.util
        multiprocessing.util._exit_function()
        os._exit(0)
    except BaseException:
        import traceback
        traceback.print_exc()
        os._exit(1)


class Running:
    """A test while it runs."""

    def __init__(self, job, cls, tests, objects, limit):
        self.job, self.limit = job, limit
        self.begun = time.monotonic()
        self.folder = tempfile.mkdtemp(prefix="ipcmark-cpython-")
        self.output = tempfile.TemporaryFile(mode="w+b")
        self.read_fd, answer_fd = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self.read_fd)
            child_main(job, cls, tests, objects, answer_fd, self.output,
                       self.folder)
        os.close(answer_fd)
        os.set_blocking(self.read_fd, False)

    def ended(self):
        """None while it runs, else verdict, reason and seconds."""
        took = time.monotonic() - self.begun
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        if pid == 0 and took < self.limit:
            return None
        late = pid == 0
        if late:
            os.killpg(self.pid, signal.SIGUSR2)
            time.sleep(0.5)
        self.stop()
        answer = self._answer()
        if late:
            verdict, reason = FAIL, ("still at it after %d s" % self.limit
                                     if answer is None else
                                     "passed, and did not end in %d s"
                                     % self.limit)
        elif answer is None or status != 0:
            verdict, reason = FAIL, "%s with status %#x: %s" % (
                "ended", status, last_line(self.text()))
        else:
            verdict, reason = answer
        return verdict, reason, took

    def stop(self):
        """End it with all its processes, and what it left."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        try:
            os.waitpid(self.pid, 0)
        except ChildProcessError:
            pass
        shutil.rmtree(self.folder, ignore_errors=True)

    def _answer(self):
        try:
            text = os.read(self.read_fd, 65536)
        except BlockingIOError:
            text = b""
        os.close(self.read_fd)
        return json.loads(text) if text else None

    def text(self):
        self.output.seek(0)
        return self.output.read().decode(errors="replace")


def run_all(jobs, classes, tests, objects, limited, options, at_once):
    """Run them, several at once."""
    waiting, running, results = list(jobs), [], []

    def may_start(job):
        return job.backend not in limited or LIMITED_AT_ONCE > sum(
            one.job.backend == job.backend for one in running)

    try:
        while waiting or running:
            for job in list(waiting):
                if len(running) >= at_once:
                    break
                if may_start(job):
                    waiting.remove(job)
                    running.append(Running(job, classes[job.cls], tests,
                                           objects, options.limit))
            select.select([], [], [], 0.02)
            for one in list(running):
                answer = one.ended()
                if answer:
                    running.remove(one)
                    results.append((one.job, *answer))
                    show(one, answer, options)
    except KeyboardInterrupt:
        for one in running:
            one.stop()
        sys.exit(EXIT_INTERRUPTED)
    return results


def show(one, answer, options):
    verdict, reason, took = answer
    if options.verbose or verdict == FAIL:
        print("%-5s %6.2f s  %s  %s%s" % (verdict[:4], took, one.job.backend,
                                          name_of(one.job),
                                          reason and ": " + reason),
              flush=True)
    if verdict == FAIL and (options.verbose or "still at it" in reason):
        print(one.text())


def name_of(job):
    return "%s.%s.%s" % (job.way, job.cls, job.test)


def run_again(results, classes, tests, objects, limited, options):
    """What failed beside other tests runs once more, alone."""
    failed = [one[0] for one in results if one[1] == FAIL]
    if not failed or options.once:
        return results
    print("again, alone:", flush=True)
    second = {one[0]: one for one in run_all(failed, classes, tests, objects,
                                             limited, options, 1)}
    merged = []
    for one in results:
        other = second.get(one[0])
        if other and other[1] == PASS:
            other = (other[0], PASS, "failed beside others: " + one[2],
                     other[3])
            print("passed alone: %s %s" % (one[0].backend, name_of(one[0])))
        merged.append(other or one)
    return merged


def print_table(results, backends):
    """A line a class: passed/failed/not applicable on each back-end."""
    cells = collections.defaultdict(lambda: [0, 0, 0])
    lines, totals = {}, "total"
    for job, verdict, _, _ in results:
        if job.backend == "-":
            continue
        column = {PASS: 0, SKIPPED: 2}.get(verdict, 1)
        line = "%-8s %s" % (job.way, job.cls.lstrip("_"))
        lines[line] = True
        cells[line, job.backend][column] += 1
        cells[totals, job.backend][column] += 1
    width = max([len(line) for line in lines] + [len(totals)])
    print("%-*s" % (width, "") + "".join("%12s" % b for b in backends))
    for line in sorted(lines) + [totals]:
        print("%-*s" % (width, line) +
              "".join("%12s" % "/".join(map(str, cells[line, backend]))
                      for backend in backends))


def print_details(results, options):
    for job, verdict, reason, _ in results:
        if verdict == UNLISTED:
            print("%s: %s" % (job.cls, reason))
        elif verdict == FAIL:
            print("FAILED on %s: %s: %s\n  again: ipcmark selftest cpython "
                  "--backend %s --filter '^%s$' -v"
                  % (job.backend, name_of(job), reason, job.backend,
                     re.escape(name_of(job))))
    if options.verbose:
        reasons = collections.defaultdict(list)
        for job, verdict, reason, _ in results:
            if verdict == SKIPPED:
                reasons[name_of(job), reason].append(job.backend)
        for (name, reason), backends in sorted(reasons.items()):
            print("not applicable: %s (%s): %s"
                  % (name, ",".join(backends), reason))


def sums_of(results):
    """For each class, way and back-end: how many passed, failed, cannot."""
    sums = {}
    for job, verdict, _, _ in results:
        name = job.cls.lstrip("_")
        entry = sums.setdefault((name, job.way, job.backend), {
            "way": job.way, "class": name, "backend": job.backend,
            "passed": 0, "failed": 0, "not_applicable": 0})
        entry[{PASS: "passed", SKIPPED: "not_applicable"}.get(
            verdict, "failed")] += 1
    return [sums[key] for key in sorted(sums)]


def write_report(path, version, results):
    document = {
        "python": version,
        "classes": sums_of(results),
        "tests": [{"way": job.way, "class": job.cls, "test": job.test,
                   "backend": job.backend, "verdict": verdict,
                   "reason": reason, "seconds": round(took, 3)}
                  for job, verdict, reason, took in results]}
    with open(path, "w") as file:
        json.dump(document, file, indent=1)
        file.write("\n")


def parse():
    parser = argparse.ArgumentParser(
        prog="ipcmark selftest cpython",
        description="Run CPython's own tests of multiprocessing against our "
        "objects, on every back-end.",
        epilog="Exit: 0 all passed; 1 one failed, or is not in tests.tsv; "
        "2 usage; 77 this Python has no tests; 130 interrupted.")
    parser.add_argument("-b", "--backend", metavar="NAMES",
                        help="only these, separated by commas")
    parser.add_argument("-f", "--filter", default="", metavar="REGEX",
                        help="only tests whose way.class.test matches")
    parser.add_argument("--quick", action="store_true",
                        help="without the slow ones")
    parser.add_argument("--no-signals", action="store_true",
                        help="do not look for signals while a call waits: a "
                        "library without slices needs that to be one")
    parser.add_argument("--repeat", type=int, default=1, metavar="N",
                        help="each test so often")
    parser.add_argument("--once", action="store_true",
                        help="do not run a failed test again alone")
    parser.add_argument("-j", "--jobs", type=int, metavar="N",
                        default=4 * (os.cpu_count() or 1),
                        help="so many at once (default: 4 a CPU)")
    parser.add_argument("--limit", type=float, default=LIMIT_S, metavar="S",
                        help="seconds a test may take (default: %d)" % LIMIT_S)
    parser.add_argument("--report", metavar="FILE", help="write JSON")
    parser.add_argument("-v", "--verbose", action="store_true",
                        help="every test, and why one cannot apply")
    return parser.parse_args()


def choose_backends(objects, options):
    """{name: a semaphore's highest value} of those to test, and which have a
    limit that processes share."""
    found = objects.ours.backends()
    wanted = options.backend and options.backend.split(",")
    for name in wanted or []:
        if name not in [one[0] for one in found]:
            print("ipcmark selftest: no back-end is called \"%s\"" % name,
                  file=sys.stderr)
            sys.exit(EXIT_USAGE)
    chosen = {}
    for name, why, _ in found:
        if wanted and name not in wanted:
            continue
        if why is not None:
            print("%s cannot work here: %s" % (name, why))
            continue
        objects.ours.use(name)
        chosen[name] = objects.ours.semaphore_maximum()
    return chosen, {name for name, _, shared in found if shared}


def main():
    options = parse()
    sys.path.insert(0, HERE)
    tests, objects = import_tests()
    backends, limited = choose_backends(objects, options)
    if not backends:
        give_up("no back-end can work here")
    version = "%d.%d.%d" % sys.version_info[:3]
    classes = classes_of(tests)
    table = Table(os.path.join(HERE, "tests.tsv"))
    jobs, known = plan(classes, table, backends, options)
    if options.no_signals:
        objects.ours.ignore_signals()
    # or each child's collection would look at, and copy, all that is here now
    gc.collect()
    gc.freeze()
    begun = time.monotonic()
    results = run_all(jobs * options.repeat, classes, tests, objects, limited,
                      options, options.jobs)
    results = run_again(results, classes, tests, objects, limited, options)
    objects.ours.collect()
    results += known
    print("CPython %s's tests over our objects, in %.0f s: passed/failed/not "
          "applicable" % (version, time.monotonic() - begun))
    print_table(results, backends)
    print_details(results, options)
    if options.report:
        write_report(options.report, version, results)
    sys.exit(EXIT_FAILED if any(one[1] in (FAIL, UNLISTED) for one in results)
             else EXIT_OK)


if __name__ == "__main__":
    main()
