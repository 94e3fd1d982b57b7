# SPDX-License-Identifier: MIT
# Manager: dict, list, and other objects of a server process.
from multiprocessing.managers import BaseManager, SyncManager


def server_pid(manager):
    return manager._process.pid


def is_down(call, *args):
    """The call fails because no server answers, and soon."""
    seconds, error = took(call, *args)
    check(isinstance(error, (EOFError, OSError)), "the call fails",
          repr(error))
    check(seconds < 1, "it fails within a second", "%g s" % seconds)


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
    check(not runs(pid), "the server is gone after shutdown", "it runs")
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
            peer.result(20)
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
            time.sleep(4 * SOON)
        peer = Peer(hold)
        await_flag(held)
        peer.kill()
        check(lock.acquire(True, 1), "the lock of a killed client is free",
              "it is held")


@rule("M-09")
def _():
    manager = mp.Manager()
    shared, tasks = manager.dict(a=1), manager.Queue()
    shared["a"], tasks.qsize()

    def wait():
        error = took(tasks.get)[1]
        check(isinstance(error, (EOFError, OSError)), "the call fails",
              repr(error))
        return time.monotonic()
    peer = Peer(wait)
    peer.check_blocked()
    killed = time.monotonic()
    os.kill(server_pid(manager), signal.SIGKILL)
    check(peer.result() - killed < 1, "a pending call fails within 1 s")
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
        time.sleep(4 * SOON)
    peer = Peer(own)
    await_flag(pid)
    peer.kill()
    time.sleep(5 * GRACE)
    alive = runs(pid.value)
    if alive:
        os.kill(pid.value, signal.SIGKILL)
    check(not alive, "the server ends with its killed owner", "it runs on")
