# SPDX-License-Identifier: MIT
# General conventions; crashes, leftovers, forks.


@rule("G-TO-01")
def _():
    q, full, lock = mp.Queue(), mp.Queue(1), mp.Lock()
    full.put(1)
    lock.acquire()
    raises(stdqueue.Empty, at_once, q.get, False, LONG)
    raises(stdqueue.Full, at_once, full.put, 2, False, LONG)
    equal(False, at_once(lock.acquire, False, LONG), "acquire")


@rule("G-TO-02")
def _():
    q, lock, s = mp.Queue(), mp.Lock(), mp.Semaphore(0)
    lock.acquire()
    a, _b = mp.Pipe()
    for timeout in (0, -1):
        raises(stdqueue.Empty, q.get, True, timeout)
        equal(False, lock.acquire(True, timeout), "acquire")
        equal(False, s.acquire(True, timeout), "acquire")
        equal(False, a.poll(timeout), "poll")
        equal(False, mp.Event().wait(timeout), "wait")
        q.put(1)
        await_item(q)
        equal(1, q.get(True, timeout), "get of an item that is there")


@rule("G-TO-03")
def _():
    q, lock = mp.Queue(), mp.Lock()
    lock.acquire()
    for timeout in (0.02, 0.1, 0.5):
        seconds, _ = took(q.get, True, timeout)
        check(seconds >= timeout - 0.1, "get is not early", seconds)
        seconds, _ = took(lock.acquire, True, timeout)
        check(seconds >= timeout - 0.1, "acquire is not early", seconds)


@rule("G-TO-04")
def _():
    lock, s = mp.Lock(), mp.Semaphore(1)
    for _ in range(2000):
        check(lock.acquire(True, 0) and s.acquire(True, 1e-9),
              "what is there is taken")
        lock.release()
        s.release()


@rule("G-TO-05")
def _():
    q = mp.Queue()
    peer = Peer(q.get)
    peer.check_blocked()
    # on a busy machine each try may last longer, but one try of a get that
    # waits the limit twice never lasts less than twice the limit
    until = time.monotonic() + SOON
    seconds = 1
    while seconds >= 1:
        check(time.monotonic() < until, "one deadline for lock and data",
              "%.3f s" % seconds)
        seconds, error = took(q.get, True, 0.5)
        check(isinstance(error, stdqueue.Empty), "Empty", repr(error))
    q.put(1)
    peer.result()


@rule("G-TO-06")
def _():
    raise Unsupported("the wall clock cannot be shifted under python3 here")


@rule("G-TO-07")
def _():
    q = mp.Queue()
    peer = Peer(lambda: (time.sleep(0.1), q.put(1))[1])
    try:
        equal(1, q.get(True, 1e12), "get with a huge timeout")
    except OverflowError as error:
        raise Fail("a huge timeout waits", repr(error))
    peer.result()
    lock = mp.Lock()
    lock.acquire()
    raises(ValueError, lock.acquire, True, float("nan"))


@rule("G-SIG-01")
def _():
    q, lock, e = mp.Queue(), mp.Lock(), mp.Event()
    a, b = mp.Pipe()
    lock.acquire()
    cases = ((q.get, lambda: q.put(1)), (lock.acquire, lock.release),
             (e.wait, e.set), (a.recv_bytes, lambda: b.send_bytes(b"x")),
             (lambda: a.poll(None), lambda: b.send_bytes(b"x")))
    for call, finish in cases:
        peer = peer_with_handler(signal.SIGUSR1, lambda *_: None, call)
        peer.check_blocked()
        peer.signal(signal.SIGUSR1)
        peer.check_blocked()
        finish()
        peer.result()


@rule("G-SIG-02")
def _():
    signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
    lock = mp.Lock()
    lock.acquire()
    a, _b = mp.Pipe()
    for call in (lambda: mp.Queue().get(True, 0.3),
                 lambda: lock.acquire(True, 0.3),
                 lambda: a.poll(0.3)):
        # a call that began anew at each signal would never end
        seconds, _ = took(call)
        check(0.2 <= seconds < SOON, "only the remaining time", seconds)
    signal.setitimer(signal.ITIMER_REAL, 0)


@rule("G-SIG-03")
def _():
    q, lock = mp.Queue(), mp.Lock()
    lock.acquire()
    for call, finish in ((q.get, lambda: q.put(1)),
                         (lock.acquire, lock.release)):
        peer = Peer(call)
        peer.check_blocked()
        peer.signal(signal.SIGSTOP)
        peer.check_blocked()
        peer.signal(signal.SIGCONT)
        peer.check_blocked()
        finish()
        peer.result()


@rule("G-SIG-04")
def _():
    class Stop(Exception):
        pass

    def handler(*_):
        raise Stop

    def wait(call):
        try:
            call()
        except Stop:
            return "interrupted"
    lock, q = mp.Lock(), mp.Queue()
    lock.acquire()
    for call in (lock.acquire, q.get, mp.Event().wait):
        peer = peer_with_handler(signal.SIGINT, handler, wait, call)
        peer.check_blocked()
        peer.signal(signal.SIGINT)
        equal("interrupted", peer.result(), "the call")


@rule("G-SIG-05")
def _():
    before = [signal.getsignal(n) for n in range(1, 32)]
    q = mp.Queue()
    q.put(1)
    q.get(timeout=SOON)
    after = [signal.getsignal(n) for n in range(1, 32)]
    equal(before, after, "the dispositions")


@rule("G-HND-01")
def _():
    a, b = mp.Pipe()
    a.close()
    a.close()
    files = [open(os.devnull) for _ in range(20)]
    raises(OSError, a.send_bytes, b"x")
    raises(OSError, a.recv_bytes)
    for f in files:
        f.close()


@rule("G-THR-01")
def _():
    q = mp.Queue(20)

    def work():
        def loop():
            for i in range(100):
                q.put(i)
                q.get()
        threads = [threading.Thread(target=loop) for _ in range(3)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
    peers = [Peer(work) for _ in range(2)]
    for peer in peers:
        peer.result()


def consumers_blocked(q):
    """Two, in a get; the first one came first."""
    peers = []
    for _ in range(2):
        peers.append(Peer(q.get))
        peers[-1].check_blocked()
    return peers


@rule("X-KIL-01")
def _():
    # in CPython the first one holds the reader's lock
    for victim in (0, 1):
        q = mp.Queue()
        peers = consumers_blocked(q)
        peers[victim].kill()
        q.put(1)
        check(peers[1 - victim].returns(),
              "the next item reaches the live one", "it never does")


@rule("X-KIL-02")
def _():
    q = mp.Queue(1)
    q.put(1)
    victim = Peer(q.put, 2)
    victim.check_blocked()
    victim.kill()
    equal(1, q.get(timeout=SOON), "the item")
    q.put(3, True, SOON)
    raises(stdqueue.Full, q.put_nowait, 4)
    equal(3, q.get(timeout=SOON), "the survivor's item")


@rule("X-KIL-03")
def _():
    q = mp.Queue()
    victim = Peer(lambda: (q.put(b"x" * (4 << 20)), time.sleep(LONG))[1])
    settled(victim)  # the pipe is full
    victim.kill()
    other = Peer(lambda: q.put("later"))
    settled(other)
    peer = Peer(q.get)
    check(peer.returns(other), "the next whole item", "it does not come")
    equal("later", peer.result(), "the next whole item")
    other.result()


@rule("X-KIL-04")
def _():
    q = mp.Queue()
    victim = Peer(q.get)
    victim.check_blocked()
    victim.signal(signal.SIGSTOP)

    def produce():
        q.put(b"x" * (4 << 20))
        q.put("later")
    producer = Peer(produce)
    settled(producer)
    # what is in the pipe by now is all that the victim can read
    producer.signal(signal.SIGSTOP)
    victim.signal(signal.SIGCONT)
    victim.check_blocked()
    victim.kill()
    producer.signal(signal.SIGCONT)
    peer = Peer(q.get)
    check(peer.returns(producer), "a whole item", "none comes")
    got = peer.result()
    check(got == "later" or len(got) == 4 << 20, "a whole item")


@rule("X-KIL-05")
def _():
    q, rounds = mp.Queue(3), number()
    for _ in range(15):
        def stir():
            while True:
                q.put(1)
                q.get()
                rounds.value += 1
        rounds.value = 0
        victim = Peer(stir)
        settled(victim, unless=lambda: rounds.value >= 3)
        check(rounds.value >= 3, "the queue works after a kill",
              "put and get wait on")
        victim.kill()
    peer = Peer(lambda: [q.get() for _ in range(q.qsize())] and 0)
    check(peer.returns(), "as many items as qsize says", "there are fewer")
    peer.result()
    equal(0, q.qsize(), "items of the drained queue")


@rule("X-STP-01")
def _():
    q = mp.Queue()
    peers = consumers_blocked(q)
    for stopped in (0, 1):
        peers[stopped].signal(signal.SIGSTOP)
        q.put(1)
        ok = peers[1 - stopped].returns()
        peers[stopped].signal(signal.SIGCONT)
        check(ok, "another consumer gets the item", "it waits on")
        for peer in peers:
            peer.kill()
        q = mp.Queue()
        peers = consumers_blocked(q)


@rule("X-LEK-01")
def _():
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(50):
        q = mp.Queue()
        q.put(1)
        q.get(timeout=SOON)
        q.close()
        q.join_thread()
        del q
    after = len(os.listdir("/proc/self/fd"))
    check(after <= before + 2, "%d descriptors as before" % before, after)


@rule("X-LEK-03")
def _():
    import subprocess
    mine = [mp.Queue(), mp.Lock(), mp.Pipe(), mp.SimpleQueue()]
    seen = subprocess.run(["ls", "-l", "/proc/self/fd"], capture_output=True,
                          text=True, close_fds=False).stdout
    check("pipe:" not in "".join(line for line in seen.splitlines()
                                 if not line.split(" -> ")[0][-1:] in "012"),
          "an exec'd program inherits none", seen)
    del mine


@rule("X-LEK-04")
def _():
    q, lock = mp.Queue(), mp.Lock()
    for leave in (lambda: None, lambda: os._exit(0), sys.exit):
        p = mp.Process(target=leave)
        p.start()
        p.join(SOON)
        q.put(1)
        equal(1, q.get(timeout=SOON), "the item")
        check(lock.acquire(True, SOON), "the lock")
        lock.release()


@rule("X-FRK-01")
def _():
    q, other = mp.Queue(), mp.Queue()
    stop = threading.Event()

    def hammer():
        while not stop.is_set():
            q.put(1)
            q.get()
    threads = [threading.Thread(target=hammer) for _ in range(4)]
    for t in threads:
        t.start()
    try:
        for _ in range(20):
            peer = Peer(lambda: (other.put(1), other.get(True, SOON))[1])
            equal(1, peer.result(), "the child's item")
    finally:
        stop.set()
        for t in threads:
            t.join()


@rule("X-FRK-02")
def _():
    q = mp.Queue()
    Peer(lambda: q.close()).result()
    q.put(1)
    equal(1, q.get(timeout=SOON), "the item")
    closed = number()
    child = Peer(lambda: (await_flag(closed), q.put(2))[1])
    q.close()
    closed.value = 1
    child.result()


@rule("X-NAM-01")
def _():
    raise Unsupported("queues and locks have no names; managers do")


@rule("X-LIM-01")
def _():
    raise Unsupported("no query of limits")
