# SPDX-License-Identifier: MIT
# Lock, RLock, Semaphore, BoundedSemaphore.


@rule("L-01")
def _():
    lock, count = mp.Lock(), number()

    def work():
        for _ in range(500):
            with lock:
                count.value += 1
    peers = [Peer(work) for _ in range(4)]
    for peer in peers:
        peer.result()
    equal(2000, count.value, "the counter")


@rule("L-02")
def _():
    lock = mp.Lock()
    lock.acquire()
    equal(False, lock.acquire(False), "a second try")
    seconds, got = took(lock.acquire, True, 0.1)
    check(not got and seconds >= 0.09, "a timed acquire gives up in time")


@rule("L-03")
def _():
    lock = mp.Lock()
    raises(ValueError, lock.release)
    equal((True, False), (lock.acquire(False), lock.acquire(False)),
          "two tries afterwards")


@rule("L-04")
def _():
    lock = mp.Lock()
    lock.acquire()
    Peer(lock.release).result()
    check(lock.acquire(False), "the lock is free again")


@rule("L-05")
def _():
    lock, got = mp.Lock(), number()
    lock.acquire()

    def wait(timeout):
        if lock.acquire(True, timeout):
            with_lock.acquire()
            got.value += 1
            with_lock.release()
    with_lock = mp.Lock()
    quitter = Peer(wait, 0.1)
    peers = [Peer(wait, None) for _ in range(2)]
    quitter.result()
    settled(*peers)
    lock.release()
    settled(*peers)
    equal(1, got.value, "waiters that went on")
    for peer in peers:
        peer.kill()


@rule("L-06")
def _():
    lock = mp.Lock()
    page = mp.Array("c", 4096, lock=False)

    def work():
        for i in range(200):
            with lock:
                check(len(set(page[:])) == 1, "one writer's pattern")
                page[:] = bytes([65 + i % 20]) * 4096
    peers = [Peer(work) for _ in range(3)]
    for peer in peers:
        peer.result()


def orphaned(lock):
    p = mp.Process(target=lambda: (lock.acquire(), os._exit(0)))
    p.start()
    p.join(SOON)


@rule("L-07")
def _():
    lock = mp.Lock()
    orphaned(lock)
    check(Peer(lock.acquire).returns(), "the holder's death is reported",
          "the lock stays taken for ever")


@rule("L-08")
def _():
    lock = mp.Lock()
    for _ in range(10):
        lock.acquire()
        victim = Peer(lock.acquire)
        victim.check_blocked()
        victim.kill()
        lock.release()
        check(lock.acquire(True, SOON), "a killed waiter takes nothing")
        lock.release()


@rule("L-09")
def _():
    lock = mp.Lock()
    lock.acquire()
    equal(False, Peer(lock.acquire, False).result(), "the child's try")
    equal(False, lock.acquire(False), "still held after the child's exit")


@rule("L-10")
def _():
    lock = mp.Lock()
    if not hasattr(lock, "locked"):
        raise Unsupported("no Lock.locked before 3.14")
    lock.acquire()
    check(lock.locked(), "locked() while held")


@rule("RL-01")
def _():
    lock = mp.RLock()
    for depth in (3, 1000):
        for _ in range(depth):
            check(lock.acquire(False), "the owner acquires again")
        equal(False, Peer(lock.acquire, False).result(), "another's try")
        for _ in range(depth):
            lock.release()
        check(Peer(lambda: lock.acquire(False) and not lock.release())
              .result(), "free after as many releases")


@rule("RL-02")
def _():
    lock = mp.RLock()
    raises(AssertionError, lock.release)
    lock.acquire()
    answers = []

    def other():
        answers.append(lock.acquire(False))
        try:
            lock.release()
        except AssertionError:
            answers.append("refused")
    t = threading.Thread(target=other)
    t.start()
    t.join()
    equal([False, "refused"], answers, "another thread")

    def process():
        raises(AssertionError, lock.release)
        return lock.acquire(False)
    equal(False, Peer(process).result(), "another process")


@rule("RL-03")
def _():
    lock = mp.RLock()
    lock.acquire()

    def child():
        raises(AssertionError, lock.release)
        return lock.acquire(False)
    equal(False, Peer(child).result(), "the child's try")


@rule("S-01")
def _():
    s = mp.Semaphore(2)
    check(s.acquire(False) and s.acquire(False), "two permits")
    equal(False, s.acquire(False), "a third")
    seconds, got = took(s.acquire, True, 0.1)
    check(not got and seconds >= 0.09, "a timed acquire gives up in time")
    Peer(s.release).result()
    for _ in range(3):
        s.release()
    equal(4, s.get_value(), "the value")


@rule("S-02")
def _():
    s, inside, most, lock = mp.Semaphore(3), number(), number(), mp.Lock()

    def work():
        for _ in range(20):
            with s:
                with lock:
                    inside.value += 1
                    most.value = max(most.value, inside.value)
                # the first stay until all places have been taken
                until = time.monotonic() + SOON
                while most.value < 3 and time.monotonic() < until:
                    time.sleep(0.001)
                time.sleep(0.001)
                with lock:
                    inside.value -= 1
    peers = [Peer(work) for _ in range(6)]
    for peer in peers:
        peer.result()
    equal(3, most.value, "the most at a time")


@rule("S-03")
def _():
    raises((ValueError, OSError), mp.Semaphore, -1)
    most = mp.synchronize.SEM_VALUE_MAX
    raises((ValueError, OSError, OverflowError), mp.Semaphore, most + 1)
    s = mp.Semaphore(most)
    raises((ValueError, OverflowError), s.release)
    equal(most, s.get_value(), "the value")


@rule("S-04")
def _():
    s = mp.Semaphore(2)
    seen = [s.get_value()]
    for call in (s.acquire, s.acquire, s.release, s.release, s.release):
        call()
        seen.append(s.get_value())
    equal([2, 1, 0, 1, 2, 3], seen, "the values")


@rule("S-06")
def _():
    for make in (mp.Semaphore, mp.BoundedSemaphore):
        s = make(100)
        for _ in range(100):
            check(s.acquire(False), "a hundred permits")
        equal(False, s.acquire(False), "one more")
        for _ in range(100):
            s.release()
        equal(100, s.get_value(), "the value")
    raises(ValueError, s.release)
    for value in (40000, 1000000):
        s = mp.Semaphore(value)
        check(s.acquire(False), "a permit")
        equal(value - 1, s.get_value(), "the value")


@rule("S-05")
def _():
    s = mp.Semaphore(3)
    p = mp.Process(target=lambda: (s.acquire(), s.acquire(),
                                   os.kill(os.getpid(), signal.SIGKILL)))
    p.start()
    p.join(SOON)
    equal(1, s.get_value(), "the value: exactly the two are lost")


@rule("BS-01")
def _():
    s = mp.BoundedSemaphore(2)
    raises(ValueError, s.release)
    s.acquire()
    s.acquire()
    done, lock, gate = number(), mp.Lock(), mp.Event()

    def release():
        gate.wait()
        try:
            s.release()
        except ValueError:
            return
        with lock:
            done.value += 1
    for _ in range(20):
        done.value = 0
        gate.clear()
        peers = [Peer(release) for _ in range(4)]
        time.sleep(0.02)  # most wait at the gate; it holds for the others, too
        gate.set()
        for peer in peers:
            peer.result()
        equal(2, done.value, "releases that were accepted")
        equal(2, s.get_value(), "the value")
        s.acquire()
        s.acquire()
