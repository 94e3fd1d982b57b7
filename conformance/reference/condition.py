# SPDX-License-Identifier: MIT
# Condition, Event, Barrier.


class Waiters:
    """Processes and threads that wait on one condition; awake counts."""

    def __init__(self, condition, processes, threads, timeout=None):
        self.c, self.timeout = condition, timeout
        self.ready, self.awake = mp.Semaphore(0), mp.Semaphore(0)
        self.processes = [mp.Process(target=self.run, daemon=True)
                          for _ in range(processes)]
        self.threads = [threading.Thread(target=self.run, daemon=True)
                        for _ in range(threads)]
        for member in self.processes + self.threads:
            member.start()
        for _ in self.processes + self.threads:
            check(self.ready.acquire(True, SOON), "the waiter begins")
        with self.c:
            pass  # all wait: each let the lock go in wait

    def run(self):
        with self.c:
            self.ready.release()
            if self.c.wait(self.timeout):
                self.awake.release()

    def count(self):
        settled(*self.processes)
        return self.awake.get_value()

    def join(self):
        for member in self.processes + self.threads:
            member.join(SOON)


@rule("C-01")
def _():
    c = mp.Condition()
    raises((AssertionError, RuntimeError), c.wait, 0)
    raises((AssertionError, RuntimeError), c.notify)
    raises((AssertionError, RuntimeError), c.notify_all)
    taken, go = number(), number()

    def hold():
        with c:
            taken.value = 1
            await_flag(go)
    holder = Peer(hold)
    await_flag(taken)
    raises((AssertionError, RuntimeError), c.wait, 0)
    raises((AssertionError, RuntimeError), c.notify)
    go.value = 1
    holder.result()


@rule("C-02")
def _():
    c = mp.Condition(mp.RLock())
    for _ in range(3):
        c.acquire()
    taker = Peer(lambda: (c.acquire(), c.release())[1])
    taker.check_blocked()
    until = time.monotonic() + SOON
    while not taker.has_returned():  # one wait may be too short for it
        check(time.monotonic() < until, "another one has the lock meanwhile")
        equal(False, c.wait(0.1), "wait after its timeout")
    taker.result()
    equal(False, Peer(c.acquire, False).result(), "another's try")
    for _ in range(3):
        c.release()
    raises(AssertionError, c.release)


@rule("C-03")
def _():
    c = mp.Condition()
    with c:
        for _ in range(100):
            equal(False, c.wait(0.002), "wait without a notify")


@rule("C-04")
def _():
    for lock in (mp.Lock(), mp.RLock()):
        c = mp.Condition(lock)
        with c:
            c.notify()
        waiters = Waiters(c, 3, 3)
        equal(0, waiters.count(), "awake before any notify")
        with c:
            c.notify(2)
        equal(2, waiters.count(), "awake after notify(2)")
        with c:
            c.notify_all()
        equal(6, waiters.count(), "awake after notify_all")


@rule("C-05")
def _():
    c = mp.Condition()
    Waiters(c, 3, 3, 0.05).join()
    waiter = Waiters(c, 1, 0)
    with c:
        c.notify()
    equal(1, waiter.count(), "the real waiter")


@rule("C-06")
def _():
    c, state = mp.Condition(), number()

    def step():
        for _ in range(4):
            time.sleep(0.01)
            with c:
                state.value += 1
                c.notify()
    p = Peer(step)
    with c:
        check(c.wait_for(lambda: state.value == 4, SOON), "4 is reached")
        seconds, holds = took(c.wait_for, lambda: False, 0.1)
    check(not holds and seconds >= 0.09, "one overall deadline")
    p.result()


@rule("C-07")
def _():
    c = mp.Condition()
    dead = Waiters(c, 2, 0)
    live = Waiters(c, 1, 0)
    settled(*dead.processes, *live.processes)
    for member in dead.processes:
        member.kill()
        member.join()

    def notify():
        with c:
            c.notify(1)
    for _ in range(2):  # the dead are still there at the second one
        peer = Peer(notify)
        check(peer.returns(*live.processes), "notify returns",
              "it waits for the dead")
        peer.result()
        equal(1, live.count(), "the live waiter")


@rule("E-01")
def _():
    e = mp.Event()
    check(not e.is_set() and not e.wait(0), "clear at first")
    seconds, got = took(e.wait, 0.1)
    check(not got and seconds >= 0.09, "wait gives up in time")
    Peer(e.set).result()
    check(e.is_set() and e.wait(0) and e.wait(), "set, and not consumed")
    e.set()
    e.clear()
    e.clear()
    check(not e.is_set(), "clear again")


@rule("E-02")
def _():
    e = mp.Event()
    peers = [Peer(e.wait) for _ in range(6)]
    settled(*peers)
    e.set()
    for peer in peers:
        check(peer.result(), "every waiter is released")


@rule("E-03")
def _():
    e = mp.Event()
    for _ in range(20):
        peers = [Peer(e.wait) for _ in range(3)]
        settled(*peers)
        e.set()
        e.clear()
        for peer in peers:
            equal(True, peer.result(), "wait")


@rule("E-04")
def _():
    e = mp.Event()

    def interrupted_at(step):
        """The signal comes at this step of is_set. False: it has fewer."""
        left = step

        def profile(*_):
            nonlocal left
            left -= 1
            if left == 0:
                signal.raise_signal(signal.SIGUSR1)
        signal.signal(signal.SIGUSR1, lambda *_: e.set())
        sys.setprofile(profile)
        e.is_set()
        sys.setprofile(None)
        return left <= 0
    step, more = 0, True
    while more:
        step += 1
        peer = Peer(interrupted_at, step)
        check(peer.returns(), "a set in a signal handler returns",
              "it waits for the call that the signal interrupted")
        more = peer.result()
    check(step > 2 and e.is_set(), "the signals came", step)


@rule("B-01")
def _():
    parties, rounds = 3, 200
    b = mp.Barrier(parties)
    counts = mp.Array("i", rounds)

    def work():
        for i in range(rounds):
            with counts.get_lock():
                counts[i] += 1
            b.wait(SOON)
            equal(parties, counts[i], "arrivals of the round")
    peers = [Peer(work) for _ in range(parties)]
    for peer in peers:
        peer.result()
    mp.Barrier(1).wait(SOON)


@rule("B-02")
def _():
    b = mp.Barrier(4)

    def work():
        return [b.wait(SOON) for _ in range(50)]
    peers = [Peer(work) for _ in range(4)]
    for row in zip(*[peer.result() for peer in peers]):
        equal([0, 1, 2, 3], sorted(row), "indices of a round")


@rule("B-03")
def _():
    ran = number()

    def action():
        ran.value += 1
    b = mp.Barrier(3, action)
    peers = [Peer(lambda: (b.wait(SOON), ran.value)[1]) for _ in range(3)]
    equal([1, 1, 1], [p.result() for p in peers], "runs before the release")

    def fail():
        raise KeyError("action")
    bad = mp.Barrier(2, fail)

    def wait():
        try:
            bad.wait(SOON)
        except KeyError:
            return "own"
        except threading.BrokenBarrierError:
            return "broken"
    peers = [Peer(wait) for _ in range(2)]
    equal(["broken", "own"], sorted(p.result() for p in peers), "errors")
    check(bad.broken, "the barrier is broken")


@rule("B-09")
def _():
    b = mp.Barrier(2000)
    numbers = []

    def work():
        for _ in range(2):
            numbers.append(b.wait(LONG))
    threads = [threading.Thread(target=work) for _ in range(2000)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    equal(sorted(list(range(2000)) * 2), sorted(numbers), "indices")


@rule("B-04")
def _():
    for argument, default in ((0.2, None), (None, 0.2)):
        b = mp.Barrier(2, timeout=default)
        args = () if argument is None else (argument,)
        raises(threading.BrokenBarrierError, b.wait, *args)
        raises(threading.BrokenBarrierError, b.wait, SOON)


@rule("B-05")
def _():
    b = mp.Barrier(2)

    def wait():
        try:
            b.wait(LONG)
            return "passed"
        except threading.BrokenBarrierError:
            return "broken"
    peer = Peer(wait)
    peer.check_blocked()
    b.abort()
    equal("broken", peer.result(), "a wait during abort")
    raises(threading.BrokenBarrierError, b.wait, SOON)
    b.reset()
    peer = Peer(wait)
    peer.check_blocked()
    b.reset()
    equal("broken", peer.result(), "a wait during reset")
    peer = Peer(wait)
    b.wait(SOON)
    equal("passed", peer.result(), "the round afterwards")


@rule("B-06")
def _():
    b = mp.Barrier(2)
    equal((2, 0, False), (b.parties, b.n_waiting, b.broken), "a new one")
    peer = Peer(b.wait, LONG)
    peer.check_blocked()
    equal(1, b.n_waiting, "n_waiting")
    b.wait(SOON)
    peer.result()
    raises(ValueError, mp.Barrier, -1)
    raises(ValueError, mp.Barrier, 0)


@rule("B-07")
def _():
    b = mp.Barrier(3)
    victim = Peer(b.wait)

    def arrive():
        try:
            b.wait()
        except threading.BrokenBarrierError:
            return "broken"
        return "passed"
    others = [Peer(arrive)]
    settled(victim, *others)
    victim.kill()
    others.append(Peer(arrive))
    settled(*others)
    check(Peer(b.abort).returns(*others), "abort frees the other ones",
          "it waits for a party that counts the dead one")
    for other in others:
        equal("broken", other.result(), "a round with a dead party")
