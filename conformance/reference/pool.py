# SPDX-License-Identifier: MIT
# Pool. Tasks are functions of the module: they go to workers by name.
pool_counter = None
pool_gate = mp.Semaphore(0)


def worker_pids(pool):
    return sorted(worker.pid for worker in pool._pool)


def arrives(pool, result):
    """Is the result there before the pool and its workers sleep?"""
    pids = None
    while pids != worker_pids(pool):  # a new one was not looked at yet
        pids = worker_pids(pool)
        settled(*pids, unless=result.ready)
    return result.ready()


def count_in(counter):
    global pool_counter
    pool_counter = counter
    with counter.get_lock():
        counter.value += 1


def task_square(x):
    return x * x


def task_pid(x=None):
    return os.getpid()


def task_nap_pid(seconds):
    time.sleep(seconds)
    return os.getpid()


def task_fail(x):
    raise KeyError(x)


def task_fail_at_zero(x):
    if x == 0:
        raise KeyError(x)
    time.sleep(0.5)
    return x


def task_nap(seconds, x=None):
    time.sleep(seconds)
    return x


def task_gate(x=None):
    """Until pool_gate lets it go on."""
    pool_gate.acquire()
    return x


def task_count(x):
    with pool_counter.get_lock():
        pool_counter.value += 1
    return x


def task_die(x):
    os.kill(os.getpid(), signal.SIGKILL)


def task_die_at_500(x):
    if x == 500:
        os.kill(os.getpid(), signal.SIGKILL)
    return x


def task_unpicklable(x):
    return lambda: x


@rule("PO-01")
def _():
    for size in (0, -1):
        raises(ValueError, mp.Pool, size)
        raises(ValueError, mp.Pool, 1, maxtasksperchild=size)
    with mp.Pool() as pool:
        equal(os.cpu_count(), len(worker_pids(pool)), "the default size")
    original, started_ = mp.process.BaseProcess.start, []

    def start(process):
        if len(started_) == 3:
            raise OSError("no process is left")
        original(process)
        started_.append(process)
    mp.process.BaseProcess.start = start
    raises(OSError, mp.Pool, 5)
    mp.process.BaseProcess.start = original
    for process in started_:
        process.join(SOON)
        check(not process.is_alive(), "the other workers are ended")


@rule("PO-02")
def _():
    with mp.Pool(2) as pool:
        equal(49, pool.apply(task_square, (7,)), "the result")
        check(pool.apply(task_pid) in worker_pids(pool), "a worker runs it")
        raises(KeyError, pool.apply, task_fail, (1,))
        equal(49, pool.apply(task_square, (7,)), "the result after an error")
        counter = mp.Value("i", 0)
    with mp.Pool(2, count_in, (counter,)) as pool:
        for i in range(20):
            equal(i, pool.apply(task_count, (i,)), "the result")
    equal(22, counter.value, "starts and runs")


@rule("PO-03")
def _():
    with mp.Pool(2) as pool:
        for count in (0, 1, 7, 100):
            for chunk in (None, 1, 3, 20, 1000):
                equal([i * i for i in range(count)],
                      pool.map(task_square, range(count), chunk), "the map")
        equal([8, 9], pool.starmap(pow, [(2, 3), (3, 2)]), "the starmap")
        raises(ValueError, pool.map, task_square, range(7), 0)
        raises(ValueError, pool.map, task_square, range(7), -1)


@rule("PO-04")
def _():
    with mp.Pool(2) as pool:
        seconds, error = took(pool.map, task_fail_at_zero, range(2), 1)
        check(isinstance(error, KeyError), "the first error", repr(error))
        check(seconds >= 0.5, "all items are processed", "%g s" % seconds)


@rule("PO-05")
def _():
    done, failed = [], []
    with mp.Pool(2) as pool:
        result = pool.apply_async(task_gate, (5,), callback=done.append,
                                  error_callback=failed.append)
        check(not result.ready(), "not ready yet")
        raises(ValueError, result.successful)
        result.wait(0.01)
        raises(mp.TimeoutError, result.get, 0.05)
        pool_gate.release()
        equal(5, result.get(SOON), "the result")
        equal(([5], []), (done, failed), "what the callbacks got")
        equal(5, result.get(0), "the result again")
        check(result.ready() and result.successful(), "ready, successful")
        result = pool.map_async(task_fail, range(3), callback=done.append,
                                error_callback=failed.append)
        raises(KeyError, result.get, SOON)
        raises(KeyError, result.get, SOON)
        check(not result.successful(), "not successful")
        equal((1, 1), (len(done), len(failed)), "runs of the callbacks")


@rule("PO-06")
def _():
    squares = [i * i for i in range(1000)]
    with mp.Pool(2) as pool:
        for chunk in (1, 100):
            equal(squares, list(pool.imap(task_square, range(1000), chunk)),
                  "imap")
            unordered = pool.imap_unordered(task_square, range(1000), chunk)
            equal(squares, sorted(unordered), "imap_unordered")
        results = pool.imap(task_gate, [4])
        raises(mp.TimeoutError, results.next, 0.05)
        raises(mp.TimeoutError, results.next, 0.05)
        pool_gate.release()
        equal(4, results.next(SOON), "the result")
        raises(StopIteration, results.next, SOON)
        raises(StopIteration, results.next, SOON)
        for chunk in (0, -1):
            raises(ValueError, pool.imap, task_square, range(7), chunk)
            raises(ValueError, pool.imap_unordered, task_square, range(7),
                   chunk)


@rule("PO-07")
def _():
    def check_refused(pool):
        raises(ValueError, pool.apply, task_square, (1,))
        raises(ValueError, pool.apply_async, task_square, (1,))
        raises(ValueError, pool.map, task_square, [1])
        raises(ValueError, pool.map_async, task_square, [1])
        raises(ValueError, pool.starmap, pow, [(1, 2)])
        raises(ValueError, pool.imap, task_square, [1])
        raises(ValueError, pool.imap_unordered, task_square, [1])
    pool = mp.Pool(2)
    raises(ValueError, pool.join)
    results = [pool.apply_async(task_nap, (0.01, i)) for i in range(20)]
    pool.close()
    pool.close()
    check_refused(pool)
    pool.join()
    pool.join()
    equal(list(range(20)), [r.get(0) for r in results], "accepted tasks")
    check_refused(pool)
    pool = mp.Pool(2)
    pool.terminate()
    check_refused(pool)
    pool.join()


@rule("PO-08")
def _():
    pool = mp.Pool(2)
    pids = worker_pids(pool)
    pool.map_async(task_gate, range(10000), chunksize=1)
    settled(*pids)  # the workers are at it, and the pipe is full
    at_once(pool.terminate)  # the tasks would never end
    pool.join()
    check(not any(map(runs, pids)), "no worker is left")


@rule("PO-09")
def _():
    counter = mp.Value("i", 0)
    with mp.Pool(2, count_in, (counter,), maxtasksperchild=10) as pool:
        pids = pool.map(task_nap_pid, [0.001] * 100, 1)
        most = max(pids.count(pid) for pid in set(pids))
        check(most <= 10, "10 tasks a worker at most", most)
        check(counter.value >= len(set(pids)), "an initializer a worker")
    pool = mp.Pool(2, maxtasksperchild=1)
    results = [pool.apply_async(task_nap, (0.01, i)) for i in range(6)]
    pool.close()
    pool.join()
    equal(list(range(6)), [r.get(0) for r in results], "after early close")


@rule("PO-10")
def _():
    with mp.Pool(1) as pool:
        pids = worker_pids(pool)
        for _ in range(20):
            raises(Exception, pool.apply, task_unpicklable, (1,))
            raises(Exception, pool.apply, task_square, (lambda: 1,))
        equal(pids, worker_pids(pool), "the workers")
        equal(4, pool.apply(task_square, (2,)), "the next result")


@rule("PO-11")
def _():
    pool = mp.Pool(2)  # without "with": its end would hang, too
    before = worker_pids(pool)
    pool.map(task_nap, [0.01] * 4, 1)
    settled(*before)
    for pid in before:  # one of them waits for a task, and holds a lock
        os.kill(pid, signal.SIGKILL)
        await_true(lambda: len(worker_pids(pool)) == 2 and
                   pid not in worker_pids(pool), "dead workers are replaced")
        settled(*worker_pids(pool))
    result = pool.apply_async(task_square, (2,))
    check(arrives(pool, result), "a later task runs", "it does not")
    equal(4, result.get(), "a later result")
    pool.terminate()


@rule("PO-12")
def _():
    with mp.Pool(2) as pool:
        result = pool.apply_async(task_die, (1,))
        check(arrives(pool, result),
              "the death of a task's worker is reported",
              "get waits for ever")
        raises(Exception, result.get)


@rule("PO-14")
def _():
    pool, called = mp.Pool(2), threading.Event()

    def end(result):
        pool.terminate()
        called.set()
    pool.apply_async(task_square, (2,), callback=end)
    check(called.wait(SOON), "terminate returns in a callback", "it does not")


@rule("PO-15")
def _():
    pool = mp.Pool(4)
    result = pool.map_async(task_die_at_500, range(1000), 1)
    check(arrives(pool, result), "every item is accounted for", "it hangs")
    for _ in range(10):
        result = pool.map_async(task_square, range(1000), 1)
        time.sleep(0.002)
        os.kill(worker_pids(pool)[0], signal.SIGKILL)
        check(arrives(pool, result), "every item is accounted for",
              "it hangs")
    pool.terminate()


@rule("PO-16")
def _():
    pids = mp.Array("i", 3, lock=False)
    ready = number()

    def own():
        pool = mp.Pool(3)
        pids[:] = worker_pids(pool)
        pool.apply_async(task_gate)
        ready.value = 1
        time.sleep(LONG)
    peer = Peer(own)
    await_flag(ready)
    settled(peer, *pids)  # one worker is at its task
    peer.kill()
    settled(*pids, unless=lambda: not any(map(runs, pids)))
    alive = [pid for pid in pids if runs(pid)]
    for pid in alive:
        os.kill(pid, signal.SIGKILL)
    check(not alive, "the workers end with the killed owner",
          "%d run on" % len(alive))
