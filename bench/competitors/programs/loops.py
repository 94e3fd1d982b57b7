# SPDX-License-Identifier: MIT
"""CPython's multiprocessing, driven as a program of its users would drive it.

cpython.c embeds this file. The module `group` is cpython_module.c: it makes and
checks the messages, and has the start, the clock and the proofs of all other
scenarios. prepare() runs in the parent, live() in each worker after the fork.
"""
import multiprocessing
import os
from multiprocessing import managers, util

from group import (again, alive, begin, check, client, count, counted, end,
                  expect, fill, finish, invalid, lap, mark, meet, ran, runs,
                  start, stop, take, tie, trip)

context = multiprocessing.get_context("fork")

# What the workers inherit: calls to send and receive of each side, or a lock.
first, second, lock = None, None, None
# A manager and its dict; where the processes run that Python starts, -1:
# anywhere; tasks of a map.
manager, shared, helper_cpu, tasks = None, None, -1, 0


def queue(depth):
    return context.Queue(depth)


def simple_queue(depth):
    return context.SimpleQueue()


def two_queues(new, depth):
    there, back = new(depth), new(depth)
    return (there, there.put, back.get), (back, back.put, there.get)


def make(name, depth, both_ways):
    global first, second, lock, manager, shared
    if name == "cpython_queue":
        first, second = two_queues(queue, depth)
    elif name == "cpython_simplequeue":
        first, second = two_queues(simple_queue, depth)
    elif name == "cpython_pipe":
        far, near = context.Pipe(duplex=both_ways)
        first, second = (near, near.send, near.recv), (far, far.send, far.recv)
    elif name == "cpython_lock":
        lock = context.Lock()
    elif name == "cpython_manager":
        # in the abstract namespace: no file is left, however it ends
        manager = managers.SyncManager(
            "\0ipcmark-competitor-" + os.urandom(8).hex(), ctx=context)
        manager.start(helper, (os.getpid(), helper_cpu))
        shared = manager.dict()
    elif name not in ("cpython_process", "cpython_pool"):
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
    expect(total)
    for seq in range(total):
        take(get(), seq)
    meet()


def verify_roundtrip_first(total):
    put, get = first[1:]
    expect(total)
    for seq in range(total):
        put(fill(seq))
        take(get(), seq)
    meet()


def verify_roundtrip_second(total):
    put, get = second[1:]
    expect(total)
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


def helper(parent, cpu):
    """Begin a process that Python starts: a server, a worker of a pool."""
    tie(parent)
    if cpu >= 0:
        os.sched_setaffinity(0, {cpu})


# A process: started, joined; it does nothing but count itself.

def start_and_join(begin, limit):
    for seq in range(begin, limit):
        before = runs()
        process = context.Process(target=ran)
        process.start()
        process.join()
        if process.exitcode != 0 or runs() != before + 1:
            invalid("a process was joined that had not run once")
        process.close()
        alive(seq + 1)


def start_join(operations):
    warm_up(start_and_join, True)
    start()
    start_and_join(0, operations)
    end()
    stop(operations)


def verify_start_join(total):
    start_and_join(0, min(total, 32))


# The dict of a manager: each client has keys of its own, 8 bytes each.

KEYS = 4


def keys():
    return [b"%04d/%03d" % (client(), key) for key in range(KEYS)]


def get_values(names, begin, limit):
    for seq in range(begin, limit):
        check(shared[names[seq % KEYS]], seq % KEYS)


def dict_get(operations):
    names = keys()
    for key in range(KEYS):
        shared[names[key]] = mark(key)
    warm = warm_up(lambda begin, limit: get_values(names, begin, limit), True)
    start()
    for seq in range(warm, warm + operations):
        trip(shared[names[seq % KEYS]], seq % KEYS)
    end()
    stop(operations)
    finish()


def set_values(names, begin, limit):
    for seq in range(begin, limit):
        shared[names[seq % KEYS]] = mark(seq)


def dict_set(operations):
    names = keys()
    warm = warm_up(lambda begin, limit: set_values(names, begin, limit), True)
    start()
    for seq in range(warm, warm + operations):
        shared[names[seq % KEYS]] = mark(seq)
        lap()
    end()
    stop(operations)
    # the last values that were set are those that are there
    for seq in range(max(warm + operations - KEYS, 0), warm + operations):
        check(shared[names[seq % KEYS]], seq)
    finish()


def verify_dict_get(total):
    names = keys()
    expect(total)
    for seq in range(total):
        shared[names[seq % KEYS]] = fill(seq)
        take(shared[names[seq % KEYS]], seq)


verify_dict_set = verify_dict_get


# A pool of four: a map of tasks that return their argument.

def same(argument):
    return argument


def same_and_count(argument):
    ran()
    return argument


def map_checked(pool, task, items):
    if pool.map(task, items, 1) != items:
        invalid("the results of a map are not those of its tasks")


def map_rounds(pool, begin, limit):
    items = list(range(min(tasks, 100)))
    for _ in range(begin, limit):
        map_checked(pool, same, items)
        alive(_ + 1)


def four_workers():
    return context.Pool(4, helper, (os.getpid(), helper_cpu))


def map(operations):
    pool, items = four_workers(), list(range(tasks))
    warm_up(lambda begin, limit: map_rounds(pool, begin, limit), True)
    start()
    for done in range(operations):
        map_checked(pool, same, items)
        alive(done + 1)
    end()
    stop(operations * tasks)
    pool.close()
    pool.join()


def verify_map(total):
    pool = four_workers()
    map_checked(pool, same_and_count, list(range(total)))
    pool.close()
    pool.join()
    if runs() != total:
        invalid("a task of a map did not run once")


def tidy():
    if manager:
        manager.shutdown()


def told(function, *arguments):
    """Call it; return None, or what went wrong in words."""
    try:
        function(*arguments)
    except BaseException as error:
        return type(error).__name__ + ": " + str(error)


def prepare(name, depth, both_ways, cpu, number_of_tasks):
    global helper_cpu, tasks
    helper_cpu, tasks = cpu, number_of_tasks
    return told(make, name, depth, both_ways)


def live(role, *arguments):
    """A worker's life, begun as multiprocessing begins a forked process."""
    util._finalizer_registry.clear()
    util._run_after_forkers()
    return told(globals()[role], *arguments)
