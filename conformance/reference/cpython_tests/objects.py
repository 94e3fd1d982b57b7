# SPDX-License-Identifier: MIT
"""Classes with the interface of multiprocessing over the module's types.

The module takes and gives bytes; here are pickling, default arguments and
what multiprocessing's objects have beside their calls. use() replaces
multiprocessing's own in this process.
"""
import itertools
import multiprocessing
import multiprocessing.connection
import multiprocessing.pool
import multiprocessing.queues
import multiprocessing.synchronize
import os
import _multiprocessing
from multiprocessing import reduction
from multiprocessing.reduction import ForkingPickler

import ipcmark_cpython as ours


def limit_of(block, timeout):
    """The timeout of a call that has both, as acquire, put and get do."""
    return timeout if block else 0


class Connection(ours.Connection):
    def send_bytes(self, buf, offset=0, size=None):
        self._send_bytes(buf, offset, size)

    def recv_bytes(self, maxlength=None):
        return self._recv_bytes(maxlength)

    def recv_bytes_into(self, buf, offset=0):
        return self._recv_bytes_into(buf, offset)

    def send(self, obj):
        if self.closed:
            raise OSError("handle is closed")
        self._send_bytes(ForkingPickler.dumps(obj), 0, None)

    def recv(self):
        return ForkingPickler.loads(self._recv_bytes(None))

    def poll(self, timeout=0.0):
        return self._poll(timeout)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()


def Pipe(duplex=True):
    return Connection.pipe(duplex)


def wait(object_list, timeout=None):
    return ours.wait(list(object_list), timeout)


names = itertools.count()


def name_of(address):
    """An address as one of our names: any text may be an address."""
    return "".join(c if c.isalnum() or c in "._" else "_"
                   for c in "cpython" + address)


class Listener(ours.Listener):
    """One kind of address: a family is accepted and means nothing."""

    def __new__(cls, *arguments, **keywords):
        return super().__new__(cls)

    def __init__(self, address=None, family=None, backlog=1, authkey=None):
        if address is None or not isinstance(address, str):
            address = "-%d-%d" % (os.getpid(), next(names))
        super().__init__(name_of(address), authkey or b"")
        self.address = address
        self.last_accepted = None

    def accept(self):
        return self._accept(Connection)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()


def Client(address, family=None, authkey=None):
    return Connection.connect(name_of(address), authkey or b"")


class SemLock(ours.SemLock):
    """What synchronize.py builds on."""

    handle = 0
    name = None

    def acquire(self, block=True, timeout=None):
        return self._acquire(limit_of(block, timeout))

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *unused):
        self.release()


RECURSIVE_MUTEX, SEMAPHORE = 0, 1


class Lock(SemLock):
    def __init__(self):
        super().__init__(SEMAPHORE, 1, 1, None, True)


class RLock(SemLock):
    def __init__(self):
        super().__init__(RECURSIVE_MUTEX, 1, 1, None, True)


class Semaphore(SemLock):
    def __init__(self, value=1):
        # one more: never of the bounded kind, never a lock
        super().__init__(SEMAPHORE, value, value + 1, None, True)

    def get_value(self):
        return self._get_value()


class BoundedSemaphore(Semaphore):
    def __init__(self, value=1):
        SemLock.__init__(self, SEMAPHORE, value, value, None, True)


class Count:
    """A number that is read as a semaphore's value is."""

    def __init__(self, get_value):
        self.get_value = get_value


class Condition(ours.Condition):
    def __init__(self, lock=None):
        super().__init__(lock)
        # the three counts by which the tests look for sleepers
        self._sleeping_count = Count(self._waiters)
        self._woken_count = Count(lambda: 0)
        self._wait_semaphore = Count(lambda: 0)

    def acquire(self, block=True, timeout=None):
        return self._acquire(limit_of(block, timeout))

    def wait(self, timeout=None):
        return self._wait(timeout)

    def wait_for(self, predicate, timeout=None):
        return self._wait_for(predicate, timeout)

    def notify(self, n=1):
        self._notify(n)

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *unused):
        self.release()


class Event(ours.Event):
    def wait(self, timeout=None):
        return self._wait(timeout)

    def __repr__(self):
        return "<Event at %#x %s>" % (id(self),
                                      "set" if self.is_set() else "unset")


class Barrier(ours.Barrier):
    def __init__(self, parties, action=None, timeout=None):
        super().__init__(parties, action, timeout)

    def wait(self, timeout=None):
        return self._wait(timeout)


class Queue(ours.Queue):
    with_feeder = False
    joinable = False

    def __init__(self, maxsize=0, *, ctx=None):
        super().__init__(maxsize, self.joinable, self.with_feeder)
        if self.with_feeder:
            # what a process has accepted, it hands over before it ends
            multiprocessing.util.register_after_fork(self, Queue._flush_at_end)
            self._flush_at_end()

    def _flush_at_end(self):
        multiprocessing.util.Finalize(self, Queue._flush, args=(self,),
                                      exitpriority=-5)

    def _flush(self):
        self.close()
        self.join_thread()

    def put(self, obj, block=True, timeout=None):
        self._call(self._put, ForkingPickler.dumps(obj),
                   limit_of(block, timeout))

    def get(self, block=True, timeout=None):
        return ForkingPickler.loads(
            self._call(self._get, limit_of(block, timeout)))

    def _call(self, function, *arguments):
        """A closed queue says so in CPython's words."""
        try:
            return function(*arguments)
        except ValueError as error:
            raise ValueError("Queue %r is closed" % self) from error

    def put_nowait(self, obj):
        self.put(obj, False)

    def get_nowait(self):
        return self.get(False)


class JoinableQueue(Queue):
    joinable = True


class FeederQueue(Queue):
    with_feeder = True


class FeederJoinableQueue(FeederQueue):
    joinable = True


class SimpleQueue(ours.SimpleQueue):
    def put(self, obj):
        self._put(ForkingPickler.dumps(obj))

    def get(self):
        return ForkingPickler.loads(self._get())


def replace(name, value, *places):
    for place in places:
        if hasattr(place, name):
            setattr(place, name, value)


def use_connections(tests):
    """Pipe, wait, Listener, Client and the passing of descriptors are ours
    wherever they are used."""
    connection = multiprocessing.connection
    replace("send_handle", lambda conn, fd, pid: conn._send_fd(fd), reduction)
    replace("recv_handle", lambda conn: conn._recv_fd(), reduction)
    replace("Pipe", Pipe, multiprocessing, connection)
    replace("wait", wait, connection, multiprocessing.pool, tests)
    replace("Listener", Listener, connection)
    replace("Client", Client, connection)
    connection.families = ["AF_UNIX"]


OBJECTS = {
    "Queue": Queue, "JoinableQueue": JoinableQueue, "SimpleQueue": SimpleQueue,
    "Lock": Lock, "RLock": RLock, "Semaphore": Semaphore,
    "BoundedSemaphore": BoundedSemaphore, "Condition": Condition,
    "Event": Event, "Barrier": Barrier,
}


def use_objects(tests, classes):
    """These of multiprocessing's classes are ours."""
    for name, value in classes.items():
        replace(name, value, multiprocessing)
        replace(name, staticmethod(value), tests.ProcessesMixin)
    for name in ("Queue", "JoinableQueue", "SimpleQueue"):
        replace(name, classes[name], multiprocessing.queues)


def use_modules():
    """CPython's queues, pool and synchronize run over our pipes and locks."""
    # a semaphore's highest value is the mechanism's
    multiprocessing.synchronize.SEM_VALUE_MAX = ours.semaphore_maximum()
    _multiprocessing.SemLock = SemLock


def use(way, backend, tests):
    """Make this process use our objects on a back-end; tests is CPython's
    module of tests."""
    ours.use(backend)
    use_connections(tests)
    replace("Pipe", staticmethod(Pipe), tests.ProcessesMixin)
    if way == "modules":
        use_modules()
    elif way == "feeder":
        use_objects(tests, dict(OBJECTS, Queue=FeederQueue,
                                JoinableQueue=FeederJoinableQueue))
    else:
        use_objects(tests, OBJECTS)
