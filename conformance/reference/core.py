# SPDX-License-Identifier: MIT
"""The reference column: rules run against CPython's multiprocessing itself.

Not a part of what ipcmark measures: it tells whether a clause expects what
the specification's own implementation does. ipcmark-check concatenates the
files of this folder (core.py first, main.py last) and starts one interpreter,
which forks a process a rule (main.py). By hand: `python3 FILE ID FACTOR`. The
result is one line of JSON on stdout.

A rule is a function with the rule's ID. It returns if the rule holds, raises
Fail if not, and Unsupported if CPython offers no such thing. A hang is the
runner's business: it has the time limit.

The verdict must not depend on how fast the machine is. So a rule does not take
a call for blocked because a while has passed, but because all that could end
it sleep (settled); it does not take one for hung for another reason either.
What must happen has SOON to do so; what must not wait is given LONG to wait
for. Only what must not happen may be watched for a fixed time (GRACE).
"""
import gc
import importlib
import json
import multiprocessing as mp
import multiprocessing.connection as mpc
import os
import queue as stdqueue
import resource
import signal
import struct
import sys
import threading
import time

mp.set_start_method("fork")

RULES = {}
GRACE = 0.1  # how long something that must not happen is watched for
FACTOR = int(sys.argv[2]) if len(sys.argv) > 2 else 1  # a slow machine: more
SOON = 20.0 * FACTOR  # what must happen has so long; below reference.c's limit
LONG = 10 * SOON  # nothing that must happen soon can have waited for this
LOOKS, LOOK_S = 5, 0.02  # so often, so far apart, nothing may have run


def clip(value):
    text = str(value)
    return text if len(text) <= 160 else text[:150] + " ..."


class Fail(Exception):
    """The rule does not hold: what was expected, what was observed."""

    def __init__(self, expected, observed):
        super().__init__(expected, observed)
        self.expected, self.observed = clip(expected), clip(observed)


class Unsupported(Exception):
    """CPython has no such call or promise."""


def rule(name):
    def register(function):
        if name in RULES:
            raise RuntimeError("two rules " + name)
        RULES[name] = function
        return function
    return register


def check(condition, expected, observed="it is not so"):
    if not condition:
        raise Fail(expected, observed)


def equal(expected, observed, what):
    if expected != observed:
        raise Fail("%s is %r" % (what, expected), repr(observed))


def raises(kind, call, *args, **kwargs):
    """The call raises this exception."""
    name = getattr(kind, "__name__", str(kind))
    try:
        value = call(*args, **kwargs)
    except kind:
        return
    except Exception as other:  # what it raised instead is the observation
        raise Fail(name, repr(other))
    raise Fail(name, "returned %r" % (value,))


def activity(pid):
    """State and context switches of each thread of a process, not our own."""
    seen = []
    try:
        for tid in os.listdir("/proc/%d/task" % pid):
            if int(tid) == threading.get_native_id():
                continue
            with open("/proc/%d/task/%s/status" % (pid, tid)) as status:
                words = status.read().split("State:\t")[1].split()
            switches = [words[i + 1] for i, word in enumerate(words)
                        if word.endswith("voluntary_ctxt_switches:")]
            seen.append((tid, words[0], switches))
    except (OSError, IndexError):
        pass  # it ended meanwhile: the next look is the one that counts
    return seen


def settled(*processes, unless=lambda: False):
    """
    Wait until all threads of these processes, and the others of this one, are
    asleep (or stopped, or dead) and none has run for a while: then none waits
    for another one that is still on its way, and only a timer, or we, can
    wake them. False at once if `unless` comes true before.
    """
    pids = [getattr(p, "pid", p) for p in processes] + [os.getpid()]
    until = time.monotonic() + SOON
    before, quiet = None, 0
    while quiet < LOOKS:
        if unless():
            return False
        check(time.monotonic() < until, "all come to rest", "they do not")
        now = [activity(pid) for pid in pids]
        asleep = all(state in "STZXI" for one in now for _, state, _ in one)
        quiet = quiet + 1 if asleep and now == before else 0
        before = now
        time.sleep(LOOK_S)
    return True


class Peer:
    """A forked process whose failure is the rule's failure."""

    def __init__(self, function, *args):
        self.tell, self.hear = None, None
        self.process = mp.Process(target=self._run, args=(function, args))
        self.hear, self.tell = mp.Pipe(duplex=False)
        self.process.start()
        self.tell.close()

    def _run(self, function, args):
        self.hear.close()
        try:
            self.tell.send(("ok", function(*args)))
        except Fail as fail:
            self.tell.send(("fail", fail.expected, fail.observed))
        except Exception as other:
            self.tell.send(("fail", "no exception", repr(other)))

    @property
    def pid(self):
        return self.process.pid

    def result(self, limit=SOON):
        check(self.hear.poll(limit), "the peer ends within %g s" % limit,
              "it is still at it")
        try:
            said = self.hear.recv()
        except EOFError:
            raise Fail("the peer reports", "it died")
        self.process.join(SOON)
        if said[0] == "fail":
            raise Fail(said[1], said[2])
        return said[1]

    def has_returned(self):
        return self.hear.poll(0)

    def returns(self, *others):
        """Does its call return? Not if it and these others sleep before."""
        settled(self, *others, unless=self.has_returned)
        return self.has_returned()

    def check_blocked(self, *others):
        check(not self.returns(*others), "the call blocks", "it returned")

    def kill(self):
        self.process.kill()
        self.process.join()

    def signal(self, number):
        os.kill(self.pid, number)


def took(call, *args, **kwargs):
    """Seconds that a call took, and what it returned or raised."""
    begun = time.monotonic()
    try:
        value = call(*args, **kwargs)
    except Exception as error:
        value = error
    return time.monotonic() - begun, value


def at_once(call, *args, **kwargs):
    """The call, which has a timeout of LONG, does not wait for it."""
    seconds, value = took(call, *args, **kwargs)
    check(seconds < SOON, "it returns at once", "after %.3f s" % seconds)
    if isinstance(value, Exception):
        raise value
    return value


def peer_with_handler(number, handler, function, *args):
    """A peer that handles the signal from its first moment on."""
    before = signal.signal(number, handler)
    try:
        return Peer(function, *args)
    finally:
        signal.signal(number, before)


def await_true(condition, what="a peer gets there"):
    until = time.monotonic() + SOON
    while not condition():
        check(time.monotonic() < until, what, "it did not")
        time.sleep(0.002)


def await_item(q):
    """Until what was put can be got: a thread of the putter puts it through."""
    await_true(lambda: not q.empty(), "the item comes through")


def await_flag(flag, value=1):
    await_true(lambda: flag.value >= value)


def number():
    return mp.Value("i", 0, lock=False)


def fill(q, count):
    for i in range(count):
        q.put(i, timeout=SOON)


def drain(q, count):
    return [q.get(timeout=SOON) for _ in range(count)]


def end_quietly(q):
    """Do not let a queue's feeder keep this process."""
    q.cancel_join_thread()
    q.close()
