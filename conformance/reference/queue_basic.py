# SPDX-License-Identifier: MIT
# Queue: creation, put, get, size, order, messages.


@rule("Q-NEW-01")
def _():
    for size in (1, 2, 6, 10, 30, 100):
        q = mp.Queue(size)
        for i in range(size):
            q.put_nowait(i)
        raises(stdqueue.Full, q.put_nowait, 0)
        end_quietly(q)


@rule("Q-NEW-02")
def _():
    for size in (0, -3):
        q = mp.Queue(size)
        for i in range(1000):
            q.put(i, False)
        check(not q.full(), "an unlimited queue is never full", "full()")
        end_quietly(q)
    q = mp.Queue()
    for i in range(2000):
        q.put(b"x" * 1024)
    q.put(b"x" * (1 << 20))
    end_quietly(q)


@rule("Q-NEW-06")
def _():
    q = mp.Queue()
    for i in range(140000):
        q.put(i, False)
    check(not q.full(), "an unlimited queue is never full", "full()")
    for i in range(140000):
        equal(i, q.get(True, SOON), "an item")


@rule("Q-NEW-03")
def _():
    q = mp.Queue(3)
    check(q.empty() and not q.full() and q.qsize() == 0,
          "a new queue is empty")


@rule("Q-NEW-04")
def _():
    for count, size in ((30, 8192), (10, 65536), (3, 1 << 20)):
        q = mp.Queue(count)
        for i in range(count):
            q.put(b"x" * size, timeout=SOON)
        end_quietly(q)


@rule("Q-NEW-05")
def _():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    mp.Queue(2)
    before = len(os.listdir("/proc/self/fd"))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
    failed, files = 0, []
    try:
        while True:
            files.append(os.open(os.devnull, os.O_RDONLY))
    except OSError:
        pass  # no descriptor is left
    for _ in range(4):
        try:
            mp.Queue(2)
        except OSError:
            failed += 1
        os.close(files.pop())
    for fd in files:
        os.close(fd)
    check(failed > 0, "creation fails without descriptors", "it never did")
    equal(before, len(os.listdir("/proc/self/fd")), "open descriptors")


@rule("Q-PUT-01")
def _():
    q = mp.Queue(1)
    q.put(1)
    peer = Peer(lambda: q.put(2))
    peer.check_blocked()
    equal(1, q.get(timeout=SOON), "the first item")
    peer.result()
    equal(2, q.get(timeout=SOON), "the second item")


@rule("Q-PUT-02")
def _():
    q = mp.Queue(1)
    q.put(1)
    raises(stdqueue.Full, q.put_nowait, 2)
    raises(stdqueue.Full, q.put, 2, False, LONG)


@rule("Q-PUT-03")
def _():
    q = mp.Queue(1)
    q.put(1)
    seconds, error = took(q.put, 2, True, 0.2)
    check(isinstance(error, stdqueue.Full) and seconds >= 0.19,
          "Full after the timeout", "%r after %.3f s" % (error, seconds))
    peer = Peer(lambda: (time.sleep(0.1), q.get())[1])
    q.put(3, True, SOON)
    equal(1, peer.result(), "what was taken")


@rule("Q-PUT-04")
def _():
    q = mp.JoinableQueue(1)
    q.put(0)
    done = number()
    lock = mp.Lock()

    def putter(i):
        q.put(i)
        with lock:
            done.value += 1
    peers = [Peer(putter, i) for i in (1, 2, 3)]
    settled(*peers)
    q.get()
    settled(*peers)
    equal(1, done.value, "putters released by one get")
    drain(q, 3)
    for peer in peers:
        peer.result()


@rule("Q-PUT-05")
def _():
    class Bad:
        def __reduce__(self):
            raise ValueError("refused")
    sys.stderr = open(os.devnull, "w")  # CPython prints the traceback
    q = mp.Queue(1)
    q.put(Bad())
    q.put(7, True, SOON)
    equal(7, q.get(timeout=SOON), "the item behind the refused one")
    equal(0, q.qsize(), "qsize")


@rule("Q-PUT-06")
def _():
    q = mp.Queue()
    item = bytearray(1 << 20)
    for _ in range(20):
        item[:] = b"a" * len(item)
        q.put(item)
        item[:] = b"b" * len(item)
        got = q.get(timeout=SOON)
        check(got == b"a" * len(item), "the item as it was when put",
              "changed later")


@rule("Q-GET-01")
def _():
    q = mp.Queue()
    peer = Peer(q.get)
    peer.check_blocked()
    q.put(5)
    equal(5, peer.result(), "the item")


@rule("Q-GET-02")
def _():
    q = mp.Queue()
    raises(stdqueue.Empty, q.get_nowait)
    raises(stdqueue.Empty, q.get, False, LONG)


@rule("Q-GET-03")
def _():
    q = mp.Queue()
    seconds, error = took(q.get, True, 0.2)
    check(isinstance(error, stdqueue.Empty) and seconds >= 0.19,
          "Empty after the timeout", "%r after %.3f s" % (error, seconds))
    peer = Peer(lambda: (time.sleep(0.1), q.put(4))[1])
    equal(4, q.get(True, SOON), "the item")
    peer.result()


def deliver(producers, consumers, count):
    """Every consumer's items: (producer, sequence) pairs in its order."""
    q = mp.Queue(50)

    def produce(who):
        for i in range(count):
            q.put((who, i))

    def consume():
        got = []
        while True:
            item = q.get()
            if item is None:
                return got
            got.append(item)
    takers = [Peer(consume) for _ in range(consumers)]
    makers = [Peer(produce, who) for who in range(producers)]
    for maker in makers:
        maker.result()
    for _ in takers:
        q.put(None)
    return [taker.result() for taker in takers]


@rule("Q-GET-04")
def _():
    got = sorted(x for one in deliver(3, 3, 1000) for x in one)
    equal([(w, i) for w in range(3) for i in range(1000)], got,
          "the multiset of items")


@rule("Q-GET-05")
def _():
    q = mp.Queue()
    peers = [Peer(q.get) for _ in range(4)]
    settled(*peers)
    q.put(1)
    settled(*peers)
    equal(1, sum(p.has_returned() for p in peers), "getters woken by one put")
    fill(q, 3)
    for peer in peers:
        peer.result()


@rule("Q-GET-06")
def _():
    q = mp.Queue()
    Peer(lambda: q.close()).result()
    raises(stdqueue.Empty, q.get, True, 0.3)


@rule("Q-GET-07")
def _():
    q, back = mp.Queue(), mp.Queue()
    peer = Peer(lambda: [back.put(q.get(True, SOON))
                         for _ in range(300)] and 0)
    for i in range(300):
        q.put(i)
        equal(i, back.get(True, SOON), "the item")
    peer.result()


@rule("Q-GET-08")
def _():
    q = mp.Queue()
    late = 0
    for i in range(300):
        q.put(i)
        try:
            q.get_nowait()
        except stdqueue.Empty:
            late += 1
            q.get(timeout=SOON)
    if late:
        raise Unsupported("a thread puts: %d of 300 items were late" % late)


@rule("Q-SIZ-01")
def _():
    q = mp.Queue()
    seen = [q.qsize()]
    q.put(1)
    seen.append(q.qsize())
    q.put(1)
    seen.append(q.qsize())
    q.get()
    seen.append(q.qsize())
    q.get()
    seen.append(q.qsize())
    equal([0, 1, 2, 1, 0], seen, "qsize")


@rule("Q-SIZ-02")
def _():
    q = mp.Queue(3)
    for step in range(20):
        if step % 5 < 3 and q.qsize() < 3:
            q.put(step)
        elif q.qsize():
            q.get(timeout=SOON)
        await_true(lambda: q.empty() == (q.qsize() == 0),
                   "empty agrees with qsize in the quiet state")
        check(q.full() == (q.qsize() == 3), "full agrees with qsize")
    check(not mp.Queue().full(), "an unlimited queue is not full")


@rule("Q-SIZ-03")
def _():
    q = mp.Queue(1)
    peer = Peer(q.get)
    peer.check_blocked()
    for _ in range(1000):
        q.qsize(), q.empty(), q.full()
    q.put(1)
    peer.result()


@rule("Q-SIZ-04")
def _():
    q = mp.Queue(3)
    stop = number()

    def stir():
        while not stop.value:
            try:
                q.put_nowait(1)
                q.get_nowait()
            except (stdqueue.Full, stdqueue.Empty):
                pass
    peers = [Peer(stir) for _ in range(3)]
    until = time.monotonic() + 0.5
    seen = {q.qsize()}
    while time.monotonic() < until:
        seen.add(q.qsize())
    stop.value = 1
    for peer in peers:
        peer.kill()
    check(min(seen) >= 0 and max(seen) <= 3, "0 <= qsize <= 3", sorted(seen))


@rule("Q-ORD-01")
def _():
    for consumers in (1, 3):
        for got in deliver(4, consumers, 500):
            for who in range(4):
                mine = [i for w, i in got if w == who]
                check(mine == sorted(mine), "each producer's order is kept")


@rule("Q-ORD-02")
def _():
    q = mp.Queue()
    turn = number()

    def put_in_turn(mine):
        for i in range(mine, 400, 2):
            while turn.value != i:
                pass
            q.put(i)
            turn.value = i + 1
    peers = [Peer(put_in_turn, i) for i in (0, 1)]
    got = drain(q, 400)
    for peer in peers:
        peer.result()
    equal(list(range(400)), got, "the order over both producers")


@rule("Q-MSG-01")
def _():
    q = mp.Queue()
    for size in (1, 8, 100, 5000, 70000):
        item = os.urandom(size)
        q.put(item)
        check(q.get(timeout=SOON) == item, "content and length unchanged")


@rule("Q-MSG-02")
def _():
    q = mp.Queue()
    items = [b"", b"a", b"", b"", b"b"]
    for item in items:
        q.put(item)
    equal(items, drain(q, 5), "items of no length in their places")


@rule("Q-MSG-03")
def _():
    q = mp.Queue()
    for size in (1 << 20, 16 << 20):
        item = os.urandom(1024) * (size // 1024)
        peer = Peer(lambda: q.get() == item)
        q.put(item)
        check(peer.result(), "%d bytes pass intact" % size)


@rule("Q-MSG-04")
def _():
    q = mp.Queue()
    for edge in (512, 4096, 8192, 16384, 65536, 212960, 1 << 20):
        for size in (edge - 1, edge, edge + 1):
            item = bytes([size & 255]) * size
            q.put(item)
            check(q.get(timeout=SOON) == item, "%d bytes pass intact" % size)


@rule("Q-MSG-05")
def _():
    q = mp.Queue()
    sizes = (1, 4000, 70000, 300000)

    def produce(who):
        for i in range(40):
            q.put(bytes([who]) * sizes[i % 4])
    peers = [Peer(produce, who) for who in range(4)]
    for _ in range(160):
        item = q.get(timeout=SOON)
        check(item == item[:1] * len(item) and len(item) in sizes,
              "items of one producer are never interleaved")
    for peer in peers:
        peer.result()


@rule("Q-MSG-06")
def _():
    q = mp.Queue(2)
    q.put(b"s")
    await_item(q)  # only then does it come before those of another process
    peer = Peer(lambda: (q.put(b"x" * (1 << 20)), q.put(b"t")) and 0)
    settled(peer)
    equal([1, 1 << 20, 1], [len(x) for x in drain(q, 3)], "lengths")
    peer.result()
