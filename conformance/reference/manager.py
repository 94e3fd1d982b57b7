# SPDX-License-Identifier: MIT
# Manager: dict, list, and other objects of a server process.
from multiprocessing.managers import BaseManager, SyncManager


def server_pid(manager):
    return manager._process.pid


def is_down(call, *args):
    """The call fails because no server answers, and soon."""
    raises((EOFError, OSError), at_once, call, *args)


@rule("M-01")
def _():
    manager = SyncManager()
    raises(AssertionError, manager.dict)
    raises(AttributeError, lambda: manager.shutdown)
    manager.start()
    raises(mp.ProcessError, manager.start)
    shared = manager.dict()
    shared["a"] = 1
    equal(1, Peer(lambda: shared["a"]).result(), "what a child reads")
    pid = server_pid(manager)
    check(runs(pid) and pid != os.getpid(), "the server is a process")
    manager.shutdown()
    await_end(pid)  # on a busy machine shutdown may give up waiting for it
    manager.shutdown()
    is_down(shared.get, "a")
    raises(AssertionError, manager.dict)
    raises(mp.ProcessError, manager.start)


@rule("M-02")
def _():
    with mp.Manager() as manager:
        shared, lock, words = manager.dict(a=100), manager.Lock(), manager.list()

        def work(which):
            with lock:
                shared["a"] -= 1
            for i in range(100):
                words.append((which, i))
        peers = [Peer(work, i) for i in range(10)]
        for peer in peers:
            peer.result()
        equal(90, shared["a"], "the number")
        words = list(words)
        equal(1000, len(words), "how many appended")
        equal({(i, j) for i in range(10) for j in range(100)}, set(words),
              "what was appended")


@rule("M-03")
def _():
    with mp.Manager() as manager:
        d = manager.dict()
        for i in (3, 1, 2):
            d[i] = str(i)

        def child():
            equal("1", d[1], "get")
            equal(None, d.get(9), "get without the key")
            equal("x", d.get(9, "x"), "get with a default")
            equal([3, 1, 2], d.keys(), "the keys, in order")
            equal(["3", "1", "2"], d.values(), "the values, in order")
            equal([(3, "3"), (1, "1"), (2, "2")], d.items(), "the items")
            d[3] = "three"
            equal([3, 1, 2], d.keys(), "the order after a change")
            equal("1", d.pop(1), "pop")
            raises(KeyError, d.pop, 1)
            raises(KeyError, d.__getitem__, 1)
            raises(KeyError, d.__delitem__, 1)
            check(3 in d and 1 not in d, "contains")
            equal("new", d.setdefault(7, "new"), "setdefault")
            equal("new", d.setdefault(7, "other"), "setdefault of a key")
            del d[2]
            d.update({3: "drei", 8: "8"})
        Peer(child).result()
        equal({3: "drei", 7: "new", 8: "8"}, d.copy(), "the copy")
        equal(3, len(d), "the length")
        d.clear()
        equal(0, len(d), "the length after clear")


@rule("M-04")
def _():
    with mp.Manager() as manager:
        numbers = manager.list([5, 3])

        def child():
            numbers.append(9)
            numbers.extend([1, 1])
            numbers.insert(1, 4)
            numbers.insert(-100, 0)
            equal([0, 5, 4, 3, 9, 1, 1], numbers[:], "the list")
            equal((0, 1), (numbers[0], numbers[-1]), "first and last")
            equal([5, 3], numbers[1:4:2], "a slice")
            equal([1, 9, 4, 0], numbers[::-2], "a slice backwards")
            numbers[-1] = 2
            equal((3, 9), (numbers.index(3), numbers.pop(4)), "index, pop")
            numbers.remove(4)
            numbers.reverse()
            equal([2, 1, 3, 5, 0], numbers[:], "reversed")
            numbers.sort()
            equal([0, 1, 2, 3, 5], numbers[:], "sorted")
            del numbers[-1]
        Peer(child).result()
        equal((4, 1), (len(numbers), numbers.count(3)), "length, count")
        for index in (4, -5):
            raises(IndexError, numbers.__getitem__, index)
            raises(IndexError, numbers.__setitem__, index, 1)
            raises(IndexError, numbers.__delitem__, index)
            raises(IndexError, numbers.pop, index)
        raises(ValueError, numbers.index, 77)
        raises(ValueError, numbers.remove, 77)
        raises(IndexError, manager.list().pop)


@rule("M-05")
def _():
    with mp.Manager() as manager:
        shared, other = manager.dict(a=1), manager.dict(b=2)
        peer = Peer(lambda: [other["b"] for _ in range(1000)])
        for _ in range(1000):
            raises(KeyError, shared.__getitem__, "none")
        equal(1, shared["a"], "a good call on the same connection")
        equal([2] * 1000, peer.result(), "another caller's results")


@rule("M-06")
def _():
    with mp.Manager() as manager:
        outer = manager.dict(a=[1, 2])
        copy = outer["a"]
        copy.append(3)
        equal([1, 2], outer["a"], "the stored value")
        outer["a"] = copy
        equal([1, 2, 3], outer["a"], "the value stored again")
        outer["nested"] = manager.list([1])

        def child():
            outer["nested"].append(2)
        Peer(child).result()
        equal([1, 2], outer["nested"][:], "a nested shared list")


@rule("M-07")
def _():
    with mp.Manager() as manager:
        shared = manager.dict(a=1)
        for _ in range(3):
            os.kill(server_pid(manager), signal.SIGINT)
            time.sleep(0.02)
        equal(1, shared["a"], "the value after SIGINT")


@rule("M-08")
def _():
    with mp.Manager() as manager:
        lock, held = manager.Lock(), number()

        def hold():
            lock.acquire()
            held.value = 1
            time.sleep(LONG)
        peer = Peer(hold)
        await_flag(held)
        peer.kill()
        check(Peer(lock.acquire).returns(server_pid(manager)),
              "the lock of a killed client is free", "it is held")


@rule("M-09")
def _():
    manager = mp.Manager()
    shared, tasks = manager.dict(a=1), manager.Queue()
    shared["a"], tasks.qsize()

    def wait():
        raises((EOFError, OSError), tasks.get)
    peer = Peer(wait)
    peer.check_blocked(server_pid(manager))
    os.kill(server_pid(manager), signal.SIGKILL)
    check(peer.returns(), "a pending call fails", "it waits on")
    peer.result()
    is_down(shared.get, "a")
    is_down(shared.get, "a")
    pid = number()

    def own():
        manager = mp.Manager()
        manager.dict()["a"] = 1
        pid.value = server_pid(manager)
    Peer(own).result()
    await_end(pid.value)


class Counter:
    def __init__(self):
        self.count = 0

    def add(self):
        self.count += 1
        return self.count


class ServingManager(BaseManager):
    pass


class ClientManager(BaseManager):
    pass


@rule("M-10")
def _():
    counter = Counter()
    ServingManager.register("counter", callable=lambda: counter)
    ClientManager.register("counter")
    address = None
    for round_ in range(2):
        manager = ServingManager(address or ("localhost", 0), authkey=b"key")
        manager.start()
        address = manager.address

        def connect(key):
            client = ClientManager(address, authkey=key)
            client.connect()
            return client.counter().add()

        def stranger(key):
            mp.current_process().authkey = b"of a stranger"
            return connect(key)
        equal(1, Peer(stranger, b"key").result(), "the first client's answer")
        raises(mp.AuthenticationError, connect, b"wrong")
        equal(2, Peer(stranger, b"key").result(), "after a wrong key")
        manager.shutdown()


@rule("M-11")
def _():
    pid = mp.Value("i", 0, lock=False)

    def own():
        manager = mp.Manager()
        pid.value = server_pid(manager)
        time.sleep(LONG)
    peer = Peer(own)
    await_flag(pid)
    settled(pid.value)
    peer.kill()
    settled(pid.value, unless=lambda: not runs(pid.value))
    alive = runs(pid.value)
    if alive:
        os.kill(pid.value, signal.SIGKILL)
    check(not alive, "the server ends with its killed owner", "it runs on")


@rule("M-12")
def _():
    with mp.Manager() as manager:
        shared, go, connected = manager.dict(), mp.Event(), mp.Value("i", 0)

        def client(i):
            shared[i] = 0
            with connected.get_lock():
                connected.value += 1
            go.wait()
            for value in range(1, 6):
                shared[i] = value
                equal(value, shared[i], "what a client reads")
        peers = [Peer(client, i) for i in range(200)]
        await_flag(connected, 200)
        threads = len(os.listdir("/proc/%d/task" % server_pid(manager)))
        check(threads == 1, "the server has one thread", threads)
        go.set()
        for peer in peers:
            peer.result()
        equal(200, len(shared), "the keys")


@rule("M-13")
def _():
    with mp.Manager() as manager:
        shared, begun = manager.dict(a=1), number()

        def store():
            while True:
                shared["large"] = b"x" * (1 << 20)
                begun.value = 1
        for _ in range(5):
            begun.value = 0
            peer = Peer(store)
            await_flag(begun)
            peer.signal(signal.SIGSTOP)
            other = Peer(shared.__getitem__, "a")
            check(other.returns(server_pid(manager)), "others are served",
                  "they wait")
            equal(1, other.result(), "what another one reads")
            peer.kill()


@rule("M-14")
def _():
    import socket
    with mp.Manager() as manager:
        shared = manager.dict(a=1)
        for i in range(30):
            stranger = socket.socket(socket.AF_UNIX)
            stranger.connect(manager.address)
            stranger.send(os.urandom(i * 7 + 1))
            stranger.close()
            equal(1, shared["a"], "what a client reads")
        equal(1, Peer(lambda: shared["a"]).result(), "what a new one reads")


@rule("M-16")
def _():
    with mp.Manager() as manager:
        q, server = manager.JoinableQueue(2), server_pid(manager)
        raises(stdqueue.Empty, q.get, False)
        q.put(1)
        q.put(2)
        raises(stdqueue.Full, q.put, 3, False)
        raises(stdqueue.Full, q.put, 3, True, 0.03)
        equal((2, True, False), (q.qsize(), q.full(), q.empty()), "queries")
        peer = Peer(q.put, 9)
        peer.check_blocked(server)
        equal(1, q.get(), "the first item")
        peer.result()
        equal([2, 9], drain(q, 2), "the others")
        peer = Peer(q.get)
        peer.check_blocked(server)
        q.put(4)
        equal(4, peer.result(), "the item of a get that waited")
        peer = Peer(q.join)
        for _ in range(4):
            peer.check_blocked(server)
            q.task_done()
        peer.result()
        raises(ValueError, q.task_done)


@rule("M-17")
def _():
    with mp.Manager() as manager:
        lock, rlock = manager.Lock(), manager.RLock()
        check(lock.acquire(False), "a free lock is taken")
        check(not lock.acquire(False), "a held one is not")
        check(not lock.acquire(True, 0.03), "nor in time")
        peer = Peer(lock.acquire)
        peer.check_blocked(server_pid(manager))
        lock.release()
        check(peer.result(), "it is released to another one")
        lock.release()
        raises(RuntimeError, lock.release)
        for _ in range(3):
            check(rlock.acquire(False), "an RLock is taken again")
        check(not Peer(rlock.acquire, False).result(), "not by another one")
        for _ in range(3):
            rlock.release()
        raises(RuntimeError, rlock.release)
        for make in (manager.Semaphore, manager.BoundedSemaphore):
            semaphore = make(2)
            equal([True, True, False],
                  [semaphore.acquire(False) for _ in range(3)], "acquires")
            semaphore.release()
            semaphore.release()
            if make == manager.BoundedSemaphore:
                raises(ValueError, semaphore.release)
            else:
                semaphore.release()


@rule("M-18")
def _():
    with mp.Manager() as manager:
        event, condition = manager.Event(), manager.Condition()
        server = server_pid(manager)
        check(not event.wait(0.03), "an event that is not set")
        peer = Peer(event.wait)
        peer.check_blocked(server)
        event.set()
        check(peer.result() and event.is_set(), "it is set")
        event.clear()
        check(not event.is_set(), "it is not set")

        def wait():
            with condition:
                return condition.wait()
        raises(RuntimeError, condition.wait)
        raises(RuntimeError, condition.notify)
        peers = [Peer(wait) for _ in range(2)]
        for peer in peers:
            peer.check_blocked(server)
        with condition:
            condition.notify()
        settled(*peers, server)
        equal(1, sum(peer.has_returned() for peer in peers), "went on")
        with condition:
            condition.notify_all()
        for peer in peers:
            peer.result()
        barrier = manager.Barrier(3)
        for _ in range(2):
            peers = [Peer(barrier.wait) for _ in range(3)]
            equal([0, 1, 2], sorted(peer.result() for peer in peers),
                  "the indices")
        raises(threading.BrokenBarrierError, barrier.wait, 0.03)
        barrier.reset()
        barrier.abort()
        raises(threading.BrokenBarrierError, barrier.wait)
        value = manager.Value("i", 5)

        def store():
            value.value = 6
        Peer(store).result()
        equal(6, value.value, "the value")
