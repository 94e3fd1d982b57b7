# SPDX-License-Identifier: MIT
"""CPython's multiprocessing, driven as a program of its users would drive it.

cpython.c embeds this file. The module `group` is cpython_module.c: it makes and
checks the messages, and has the start, the clock and the proofs of all other
scenarios. prepare() runs in the parent, live() in each worker after the fork.
"""
import multiprocessing
from multiprocessing import util

from group import (again, alive, begin, check, count, counted, end, expect,
                  fill, finish, mark, meet, start, stop, take, trip)

context = multiprocessing.get_context("fork")

# What the workers inherit: calls to send and receive of each side, or a lock.
first, second, lock = None, None, None


def queue(depth):
    return context.Queue(depth)


def simple_queue(depth):
    return context.SimpleQueue()


def two_queues(new, depth):
    there, back = new(depth), new(depth)
    return (there, there.put, back.get), (back, back.put, there.get)


def make(name, depth, both_ways):
    global first, second, lock
    if name == "cpython_queue":
        first, second = two_queues(queue, depth)
    elif name == "cpython_simplequeue":
        first, second = two_queues(simple_queue, depth)
    elif name == "cpython_pipe":
        far, near = context.Pipe(duplex=both_ways)
        first, second = (near, near.send, near.recv), (far, far.send, far.recv)
    elif name == "cpython_lock":
        lock = context.Lock()
    else:
        raise ValueError("there is no competitor " + name)


def flush(queue):
    """Wait until a Queue's feeder thread has written everything."""
    if hasattr(queue, "join_thread"):
        queue.close()
        queue.join_thread()


def send_all(begin, limit):
    put = first[1]
    for seq in range(begin, limit):
        put(mark(seq))


def receive_all(begin, limit):
    get = second[2]
    for seq in range(begin, limit):
        check(get(), seq)


def warm_up(run, times_first=False):
    """The first operation apart, then rounds until they are equal.

    run(begin, limit) does operations; times_first: this worker sees the end
    of the first one. Returns the number of the next operation.
    """
    limit = begin()
    run(0, limit)
    while (bounds := again(times_first)):
        run(*bounds)
        limit = bounds[1]
    return limit


def oneway_first(operations):
    warm = warm_up(send_all)
    start()
    send_all(warm, warm + operations)
    flush(first[0])
    stop(operations)
    finish()


def oneway_second(operations):
    warm = warm_up(receive_all, True)
    start()
    receive_all(warm, warm + operations)
    end()
    stop(operations)
    finish()


def ask(begin, limit):
    put, get = first[1:]
    for seq in range(begin, limit):
        put(mark(seq))
        check(get(), seq)


def roundtrip_first(operations):
    warm = warm_up(ask, True)
    put, get = first[1:]
    start()
    for seq in range(warm, warm + operations):
        put(mark(seq))
        trip(get(), seq)
    end()
    stop(operations)
    finish()


def answer(begin, limit):
    put, get = second[1:]
    for seq in range(begin, limit):
        check(get(), seq)
        put(mark(seq))


def roundtrip_second(operations):
    warm = warm_up(answer)
    start()
    answer(warm, warm + operations)
    stop(operations)
    finish()


# In a verification pass every byte is compared, and a fault is only noted.

def verify_oneway_first(total):
    put = first[1]
    for seq in range(total):
        put(fill(seq))
    meet()


def verify_oneway_second(total):
    get = second[2]
    expect()
    for seq in range(total):
        take(get(), seq)
    meet()


def verify_roundtrip_first(total):
    put, get = first[1:]
    expect()
    for seq in range(total):
        put(fill(seq))
        take(get(), seq)
    meet()


def verify_roundtrip_second(total):
    put, get = second[1:]
    expect()
    for seq in range(total):
        put(fill(take(get(), seq)))
    meet()


def acquire_release(begin, limit):
    acquire, release = lock.acquire, lock.release
    for _ in range(begin, limit):
        acquire()
        release()


def lock_uncontended(operations):
    warm_up(acquire_release, True)
    start()
    for done in range(0, operations, 1024):
        alive(done)
        acquire_release(done, min(done + 1024, operations))
    end()
    stop(operations)


def count_to(goal):
    acquire, release = lock.acquire, lock.release
    acquire()
    while count(goal):
        release()
        acquire()
    release()


def lock_contended(operations):
    warm = warm_up(lambda begin, limit: count_to(limit))
    start()
    count_to(warm + operations)
    stop(counted())
    finish()


def told(function, *arguments):
    """Call it; return None, or what went wrong in words."""
    try:
        function(*arguments)
    except BaseException as error:
        return type(error).__name__ + ": " + str(error)


def prepare(name, depth, both_ways):
    return told(make, name, depth, both_ways)


def live(role, *arguments):
    """A worker's life, begun as multiprocessing begins a forked process."""
    util._finalizer_registry.clear()
    util._run_after_forkers()
    return told(globals()[role], *arguments)
