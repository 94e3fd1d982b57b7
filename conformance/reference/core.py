# SPDX-License-Identifier: MIT
"""The reference column: rules run against CPython's multiprocessing itself.

Not a part of what ipcmark measures: it tells whether a clause expects what
the specification's own implementation does. ipcmark-check concatenates the
files of this folder (core.py first, main.py last) and runs one rule a
process: `python3 FILE ID FACTOR`. The result is one line of JSON on stdout.

A rule is a function with the rule's ID. It returns if the rule holds, raises
Fail if not, and Unsupported if CPython offers no such thing. A hang is the
runner's business: it has the time limit.
"""
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
GRACE = 0.1  # how long something must stay blocked to count as blocked
FACTOR = int(sys.argv[2]) if len(sys.argv) > 2 else 1  # a slow machine: more
SOON = 5.0 * FACTOR  # a generous limit for what must happen


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

    def result(self, limit=SOON / FACTOR):
        limit *= FACTOR
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

    def blocked(self, grace=GRACE):
        return not self.hear.poll(grace)

    def check_blocked(self, grace=2 * GRACE):
        check(self.blocked(grace), "the call blocks", "it returned")

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


def await_flag(flag, value=1, limit=SOON):
    until = time.monotonic() + limit
    while flag.value < value:
        check(time.monotonic() < until, "a peer gets there", "it did not")
        time.sleep(0.002)


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
