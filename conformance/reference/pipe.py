# SPDX-License-Identifier: MIT
# Pipe, Connection, wait, Listener and Client.


@rule("P-NEW-01")
def _():
    a, b = mp.Pipe()
    check(a.readable and a.writable and b.readable and b.writable,
          "both ends send and receive")

    def echo():
        for _ in range(300):
            b.send_bytes(b.recv_bytes())
    peer = Peer(echo)
    for i in range(300):
        a.send_bytes(b"%d" % i)
        equal(b"%d" % i, a.recv_bytes(), "the echo")
    peer.result()


@rule("P-NEW-02")
def _():
    first, second = mp.Pipe(duplex=False)
    check(first.readable and not first.writable, "the first only receives")
    check(second.writable and not second.readable, "the second only sends")
    second.send_bytes(b"m")
    equal(b"m", first.recv_bytes(), "the message")


@rule("P-NEW-03")
def _():
    first, second = mp.Pipe(duplex=False)
    raises(OSError, first.send_bytes, b"x")
    raises(OSError, second.recv_bytes)
    raises(OSError, second.poll)
    second.send_bytes(b"m")
    equal(b"m", first.recv_bytes(), "the message")


@rule("P-SND-01")
def _():
    a, b = mp.Pipe()
    for _ in range(50):
        b.send_bytes(b"x")
    for _ in range(50):
        equal(b"x", a.recv_bytes(), "a message of one byte")
    for size in (511, 4096, 8193, 65537, 212961, 1 << 20):
        peer = Peer(lambda: b.send_bytes(b"y" * size))
        equal(size, len(a.recv_bytes()), "bytes of the message")
        peer.result()


@rule("P-SND-02")
def _():
    a, b = mp.Pipe()
    text = b"abcdefghijklmnop"
    for args, want in (((), text), ((5,), text[5:]), ((7, 8), text[7:15]),
                       ((16,), b""), ((16, 0), b"")):
        a.send_bytes(text, *args)
        equal(want, b.recv_bytes(), "the slice")
    for args in ((17,), (5, 15), (17, 0), (-1,), (4, -1)):
        raises(ValueError, a.send_bytes, text, *args)


@rule("P-SND-03")
def _():
    a, b = mp.Pipe()
    message = os.urandom(1024) * (16 << 10)
    peer = Peer(lambda: b.send_bytes(b.recv_bytes()))
    a.send_bytes(message)
    check(a.recv_bytes() == message, "16 MiB come back")
    peer.result()


@rule("P-SND-04")
def _():
    a, b = mp.Pipe()
    b.close()
    try:
        a.send_bytes(b"x")
        a.send_bytes(b"x")
    except BrokenPipeError:
        return
    raise Fail("BrokenPipeError at the second send", "none")


@rule("P-SND-05")
def _():
    raise Unsupported("documented: data may become corrupted")


@rule("P-RCV-01")
def _():
    a, b = mp.Pipe()
    a.send_bytes(b"0123456789")
    raises(OSError, b.recv_bytes, 4)
    check(not b.closed and b.writable, "a duplex end still sends")
    raises(OSError, b.recv_bytes)
    a, b = mp.Pipe()
    a.send_bytes(b"0123456789")
    equal(10, len(b.recv_bytes(10)), "bytes")
    raises(ValueError, b.recv_bytes, -1)
    r, w = mp.Pipe(duplex=False)
    w.send_bytes(b"0123456789")
    raises(OSError, r.recv_bytes, 4)
    check(r.closed, "a simplex end is closed")


@rule("P-RCV-02")
def _():
    a, b = mp.Pipe()
    a.send_bytes(b"0123456789")
    a.send_bytes(b"next")
    small = bytearray(4)
    raises(mp.BufferTooShort, b.recv_bytes_into, small)
    equal(bytes(4), bytes(small), "the buffer that was too small")
    room = bytearray(16)
    equal(10, b.recv_bytes_into(room), "bytes of the same message")


@rule("P-RCV-03")
def _():
    a, b = mp.Pipe()
    a.send_bytes(b"")
    a.close()
    equal(b"", b.recv_bytes(), "the empty message")
    raises(EOFError, b.recv_bytes)


@rule("P-POL-01")
def _():
    a, b = mp.Pipe()
    for timeout in (0, -1):
        equal(False, b.poll(timeout), "poll of an empty end")
    seconds, ready = took(b.poll, 0.1)
    check(not ready and seconds >= 0.09, "poll waits its time")
    peer = Peer(lambda: (time.sleep(0.1), a.send_bytes(b"x"))[1])
    check(b.poll(None), "poll waits for data")
    peer.result()


@rule("P-POL-02")
def _():
    a, b = mp.Pipe()
    a.send_bytes(b"")
    check(b.poll() and b.poll(), "an empty message counts, twice")
    equal(b"", b.recv_bytes(), "the message")
    a.close()
    check(b.poll() and b.poll(), "end of file counts")


@rule("P-EOF-01")
def _():
    a, b = mp.Pipe()

    def read():
        a.close()
        try:
            b.recv_bytes()
        except EOFError:
            return "EOF"
    peers = [Peer(read) for _ in range(3)]
    settled(*peers)
    a.close()
    for peer in peers:
        equal("EOF", peer.result(), "what a blocked reader gets")
    raises(EOFError, b.recv_bytes)
    raises(EOFError, b.recv_bytes)


@rule("P-EOF-02")
def _():
    a, b = mp.Pipe()

    def send():
        for i in range(3):
            a.send_bytes(b"%d" % i)
        os.kill(os.getpid(), signal.SIGKILL)
    p = mp.Process(target=send)
    p.start()
    p.join(SOON)
    a.close()
    equal([b"0", b"1", b"2"], [b.recv_bytes() for _ in range(3)], "messages")
    raises(EOFError, b.recv_bytes)


@rule("P-EOF-03")
def _():
    a, b = mp.Pipe()
    Peer(lambda: a.close()).result()
    check(not b.poll(0.2), "a copy that is left delays end of file")
    a.close()
    raises(EOFError, b.recv_bytes)


@rule("P-EOF-04")
def _():
    r, w = mp.Pipe(duplex=False)
    os.write(w.fileno(), struct.pack("!i", 100) + b"torn")
    w.close()
    try:
        r.recv_bytes()
    except EOFError:
        raise Fail("an error that is not end of file", "EOFError")
    except OSError:
        return


@rule("P-EOF-05")
def _():
    a, b = mp.Pipe()
    a.send_bytes(b"unread")
    b.send_bytes(b"earlier")
    b.close()
    equal(b"earlier", a.recv_bytes(), "the earlier message")
    raises(EOFError, a.recv_bytes)


@rule("P-CLS-01")
def _():
    a, b = mp.Pipe()
    a.close()
    a.close()
    for call in (a.recv_bytes, a.poll, a.fileno):
        raises(OSError, call)
    raises(OSError, a.send_bytes, b"x")


@rule("P-WAI-01")
def _():
    ends = []

    def send(w):
        for i in range(10):
            w.send_bytes(b"%d" % i)
    for _ in range(4):
        r, w = mp.Pipe(duplex=False)
        p = mp.Process(target=send, args=(w,))
        p.start()
        w.close()
        ends.append(r)
    idle, keep = mp.Pipe(duplex=False)
    count = 0
    while ends:
        ready = mpc.wait(ends + [idle], SOON)
        check(ready and idle not in ready, "only the ready ones", ready)
        for end in ready:
            try:
                end.recv_bytes()
                count += 1
            except EOFError:
                ends.remove(end)
    equal(40, count, "messages")
    equal([], mpc.wait([idle], 0.1), "ready after the timeout")
    equal([], mpc.wait([idle], -1), "ready with a negative timeout")
    keep.close()


@rule("P-WAI-02")
def _():
    r, w = mp.Pipe(duplex=False)
    other, keep = mp.Pipe(duplex=False)
    equal([], mpc.wait([w, other], 0.1), "ready with space")
    keep.send_bytes(b"m")
    equal([other], mpc.wait([w, other], SOON), "ready with a message")
    reader = mp.Process(target=time.sleep, args=(100,))
    reader.start()
    r.close()
    equal([], mpc.wait([w], 0.1), "ready with a reader left")
    reader.kill()
    equal([w], mpc.wait([w], SOON), "ready without a reader")
    reader.join()
    raises(BrokenPipeError, w.send_bytes, b"x")


@rule("P-FDS-01")
def _():
    import multiprocessing.reduction as reduction
    a, b = mp.Pipe()
    r, w = os.pipe()
    os.dup2(w, 300)

    def receive():
        fd = reduction.recv_handle(b)
        os.write(fd, b"through")
    peer = Peer(receive)
    reduction.send_handle(a, 300, peer.pid)
    peer.result()
    equal(b"through", os.read(r, 16), "what came through")


@rule("P-LSN-01")
def _():
    # an abstract address leaves no file behind
    address = "\0ipcmark-reference-%d" % os.getpid()
    with mpc.Listener(address, "AF_UNIX", authkey=b"k") as listener:
        raises(OSError, mpc.Listener, listener.address, "AF_UNIX")

        def connect(key):
            try:
                end = mpc.Client(listener.address, authkey=key)
            except mp.AuthenticationError:
                return "AUTH"
            end.send_bytes(b"hello")
            end.close()
        peer = Peer(connect, b"wrong")
        raises(mp.AuthenticationError, listener.accept)
        equal("AUTH", peer.result(), "a wrong key")
        peer = Peer(connect, b"k")
        end = listener.accept()
        equal(b"hello", end.recv_bytes(), "what was sent")
        peer.result()
    raises(OSError, listener.accept)
