# SPDX-License-Identifier: MIT
# Queue: closing, joining the feeder, processes; JoinableQueue; SimpleQueue.


@rule("Q-CLS-01")
def _():
    q = mp.Queue()
    q.close()
    raises(ValueError, q.put, 1)
    raises(ValueError, q.put_nowait, 1)
    raises(ValueError, q.put, 1, True, 0.1)
    raises(ValueError, q.get)
    raises(ValueError, q.get_nowait)
    raises(ValueError, q.get, True, 0.1)


@rule("Q-CLS-02")
def _():
    q, closed = mp.Queue(), number()
    a = Peer(lambda: (await_flag(closed), fill(q, 100))[1])
    b = Peer(lambda: drain(q, 100))
    q.close()
    closed.value = 1
    a.result()
    equal(list(range(100)), b.result(), "what the others exchanged")


@rule("Q-CLS-03")
def _():
    q = mp.Queue()
    getter = Peer(q.get)
    Peer(lambda: q.close()).result()
    getter.check_blocked()
    q.put(1)
    getter.result()


@rule("Q-CLS-04")
def _():
    q = mp.Queue()

    def produce():
        fill(q, 100)
        q.put(b"x" * (1 << 20))
        q.close()
    peer = Peer(produce)
    # the large item is more than the pipe takes
    check(peer.returns(), "close does not wait", "it waits")
    equal(list(range(100)), drain(q, 100), "the items put before")
    equal(1 << 20, len(q.get(timeout=SOON)), "the large one")
    peer.result()


@rule("Q-CLS-05")
def _():
    for used in (False, True):
        q = mp.Queue()
        if used:
            q.put(1)
            await_item(q)
        q.close()
        for call in (q.qsize, q.full, q.empty):
            raises((ValueError, OSError), call)


@rule("Q-CLS-06")
def _():
    q = mp.Queue()
    ended = threading.Event()

    def wait():
        try:
            q.get()
        except (ValueError, OSError, EOFError, TypeError):
            ended.set()
    threading.Thread(target=wait, daemon=True).start()
    settled()
    q.close()
    settled(unless=ended.is_set)
    check(ended.is_set(), "close ends another thread's get", "it waits on")


@rule("Q-CLS-07")
def _():
    q = mp.Queue()
    if not hasattr(q, "shutdown"):
        raise Unsupported("no shutdown in this version (gh-96471)")
    q.put(1)
    q.shutdown()
    raises(Exception, q.put, 2)


@rule("Q-JTH-01")
def _():
    for used in (False, True):
        q = mp.Queue()
        if used:
            q.put(1)
        raises((AssertionError, ValueError), q.join_thread)
        q.close()
        q.join_thread()
        q.join_thread()


@rule("Q-JTH-02")
def _():
    q = mp.Queue()
    q.put(1)
    q.close()
    q.join_thread()
    r = mp.Queue()

    def produce():
        r.put(b"x" * (4 << 20))
        r.close()
        r.join_thread()
    peer = Peer(produce)
    peer.check_blocked()
    equal(4 << 20, len(r.get(timeout=SOON)), "bytes of the item")
    peer.result()


@rule("Q-JTH-03")
def _():
    q = mp.Queue()
    p = mp.Process(target=q.put, args=(b"x" * (1 << 20),))
    p.start()
    settled(p)
    check(p.exitcode is None, "exit waits for the flush", "it ended")
    q.get(timeout=SOON)
    p.join(SOON)
    equal(0, p.exitcode, "exit code")


@rule("Q-JTH-04")
def _():
    q = mp.Queue()

    def produce():
        q.put(b"x" * (1 << 20))
        q.cancel_join_thread()
    p = mp.Process(target=produce)
    p.start()
    settled(p, unless=lambda: p.exitcode is not None)
    check(p.exitcode == 0, "exit does not wait", "it waits")


@rule("Q-JTH-05")
def _():
    q = mp.Queue()

    def produce():
        q.put(b"x" * (1 << 20))
        settled()  # the pipe is full
        q.cancel_join_thread()
    p = mp.Process(target=produce)
    p.start()
    p.join(SOON)
    q.put("whole")
    peer = Peer(q.get)
    check(peer.returns(), "the next whole item", "it does not come")
    equal("whole", peer.result(), "the next whole item")


@rule("Q-MP-01")
def _():
    q = mp.Queue()

    def generation(depth):
        q.put(depth)
        if depth < 3:
            p = mp.Process(target=generation, args=(depth + 1,))
            p.start()
            p.join()
    generation(0)
    equal([0, 1, 2, 3], sorted(drain(q, 4)), "items of four generations")


@rule("Q-MP-02")
def _():
    q = mp.Queue()
    fill(q, 10)

    def child():
        for i in range(10, 20):
            q.put(i)
    p = mp.Process(target=child)
    p.start()
    got = drain(q, 20)
    p.join(SOON)
    equal(list(range(20)), sorted(got), "each item once")
    raises(stdqueue.Empty, q.get, True, 0.1)
    for series in ([x for x in got if x < 10], [x for x in got if x >= 10]):
        check(series == sorted(series), "each series in order")


@rule("Q-MP-03")
def _():
    q = mp.Queue()

    def consume():
        while q.get() is not None:
            pass
    peers = [Peer(consume) for _ in range(3)]
    q.put(None)
    q.put(None)
    settled(*peers)
    equal(1, sum(not p.has_returned() for p in peers), "consumers that still wait")
    q.put(None)
    for peer in peers:
        peer.result()


@rule("JQ-TD-01")
def _():
    q = mp.JoinableQueue()
    raises(ValueError, q.task_done)
    q.put(1)
    q.task_done()
    raises(ValueError, q.task_done)


@rule("JQ-TD-02")
def _():
    q = mp.JoinableQueue()
    q.put(1)
    q.task_done()
    q.join()
    equal(1, q.get(timeout=SOON), "the item")
    q.put(2)
    q.get(timeout=SOON)
    Peer(q.task_done).result()
    q.join()


@rule("JQ-JN-01")
def _():
    q = mp.JoinableQueue()
    q.join()


@rule("JQ-JN-02")
def _():
    q = mp.JoinableQueue()
    q.put(1)
    q.get(timeout=SOON)
    peer = Peer(q.join)
    peer.check_blocked()
    q.task_done()
    peer.result()


@rule("JQ-JN-03")
def _():
    q = mp.JoinableQueue()
    q.put(1)
    peers = [Peer(q.join) for _ in range(3)]
    settled(*peers)
    q.task_done()
    for peer in peers:
        peer.result()
    q.put(2)
    peer = Peer(q.join)
    peer.check_blocked()
    q.task_done()
    peer.result()


@rule("JQ-JN-04")
def _():
    q = mp.JoinableQueue()

    def consume():
        for _ in range(2000):
            q.get()
            q.task_done()
    peer = Peer(consume)
    for i in range(2000):
        q.put(i)
        if i % 100 == 99:
            q.join()
    peer.result()


@rule("JQ-JN-05")
def _():
    q = mp.JoinableQueue(2)
    q.put(1)
    q.put(2)
    raises(stdqueue.Full, q.put_nowait, 3)
    raises(stdqueue.Full, q.put, 3, True, 0.05)
    q.task_done()
    q.task_done()
    q.join()


@rule("JQ-JN-06")
def _():
    q = mp.JoinableQueue()
    worker = Peer(lambda: (q.get(), time.sleep(GRACE), q.task_done())[2])
    q.put(1)
    q.close()
    q.join()
    worker.result()


@rule("JQ-JN-07")
def _():
    q = mp.JoinableQueue()
    q.put(1)
    try:
        q.join(0.2)
    except TypeError:
        raise Fail("join takes a timeout", "it takes none")


@rule("JQ-EX-01")
def _():
    q = mp.JoinableQueue(30)

    def produce():
        fill(q, 10)
        q.join()

    def consume():
        while True:
            q.get()
            q.task_done()
    p = mp.Process(target=produce)
    c = mp.Process(target=consume, daemon=True)
    p.start()
    c.start()
    p.join(SOON)
    equal(0, p.exitcode, "the producer's exit code")
    c.terminate()
    c.join(SOON)
    check(not c.is_alive(), "no survivor")


@rule("SQ-01")
def _():
    q = mp.SimpleQueue()
    getter = Peer(q.get)
    getter.check_blocked()
    q.put(3)
    equal(3, getter.result(), "the item")
    putter = Peer(lambda: q.put(b"x" * (1 << 20)))
    putter.check_blocked()
    equal(1 << 20, len(q.get()), "bytes of the item")
    putter.result()


@rule("SQ-02")
def _():
    q = mp.SimpleQueue()

    def look():
        first = q.empty()
        q.put(1)
        return first, q.empty()
    equal((True, False), Peer(look).result(), "empty before and after put")
    check(not q.empty(), "not empty in the parent either")


@rule("SQ-03")
def _():
    q = mp.SimpleQueue()
    q.close()
    q.close()
    raises(OSError, q.put, 1)
    raises(OSError, q.get)
    raises(OSError, q.empty)


@rule("SQ-04")
def _():
    q = mp.SimpleQueue()

    def read():
        q._writer.close()
        try:
            q.get()
        except EOFError:
            return "EOF"
    peer = Peer(read)
    peer.check_blocked()
    q._writer.close()
    equal("EOF", peer.result(), "what get says")
    q = mp.SimpleQueue()
    q._reader.close()
    raises(BrokenPipeError, q.put, 1)
