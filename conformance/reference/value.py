# SPDX-License-Identifier: MIT
# Value, Array.
import ctypes


@rule("V-01")
def _():
    table = (("c", b"x", [b"\0", b"\x7f", b"\xff"]),
             ("h", -300, [0, -1, -2**15, 2**15 - 1]),
             ("i", -2**31, [0, -1, -2**31, 2**31 - 1]),
             ("q", 2**63 - 2, [0, -1, -2**63, 2**63 - 1]),
             ("d", 0.1, [0.0, -1e308, 5e-324, float("inf")]))
    for code, initial, extremes in table:
        value = mp.Value(code, initial)
        equal(initial, value.value, "the initial value")

        def store(extreme):
            value.value = extreme
        for extreme in extremes:
            Peer(store, extreme).result()
            equal(extreme, value.value, "what a child stored")


@rule("V-02")
def _():
    value = mp.Value("i", 0)

    def add():
        for _ in range(1000):
            with value.get_lock():
                value.value += 1
    peers = [Peer(add) for _ in range(8)]
    for peer in peers:
        peer.result()
    equal(8000, value.value, "the sum")


@rule("V-03")
def _():
    value = mp.Value("i", 5)
    with value.get_lock():
        check(value.acquire(False), "the default lock is recursive")
        value.release()
    lock = mp.Lock()
    check(mp.Value("i", 5, lock=lock).get_lock() is lock,
          "the caller's lock is used")
    raw = mp.Value("i", 5, lock=False)
    check(not hasattr(raw, "get_lock"), "a raw value has no lock")
    raises(AttributeError, mp.Value, "i", 5, lock="no lock")


@rule("V-04")
def _():
    value = mp.Value("q", 0, lock=False)
    real = mp.Value("d", 0, lock=False)
    stop = number()

    def write(whole, double):
        while not stop.value:
            for _ in range(100):
                value.value, real.value = whole, double
    peers = [Peer(write, 0, 0.0), Peer(write, -1, -1.0)]
    until = time.monotonic() + 0.2
    while time.monotonic() < until:
        check(value.value in (0, -1) and real.value in (0.0, -1.0),
              "no load sees a mixture")
    stop.value = 1
    for peer in peers:
        peer.result()


@rule("A-01")
def _():
    for _ in range(10):
        array = mp.Array("h", 1000)
        equal([0] * 1000, array[:], "a new array")
        array[:] = [-1] * 1000
        del array
    source = [680, 626, 934]
    array = mp.Array("i", source)
    source[1] = 5
    equal([680, 626, 934], array[:], "a copy")
    equal(0, len(mp.Array("d", 0)), "the length of size 0")
    raises(ValueError, mp.Array, "c", -1)


@rule("A-02")
def _():
    array = mp.Array("i", [680, 626, 934, 821, 150, 233, 548, 982, 714, 831])

    def change():
        for i in range(1, len(array)):
            array[i] += array[i - 1]
        array[7:10] = (ctypes.c_int * 3)(1, 2, 3)
    equal([934, 821, 150], array[2:5], "a slice")
    Peer(change).result()
    equal([680, 1306, 2240, 3061, 3211, 3444, 3992, 1, 2, 3], array[:],
          "what a child stored")
    for index in (10, 11, 1 << 40):
        raises(IndexError, array.__getitem__, index)
        raises(IndexError, array.__setitem__, index, 1)
