# SPDX-License-Identifier: MIT
# Process.

global_number = 100


def started(target, *args, **kwargs):
    process = mp.Process(target=target, args=args, **kwargs)
    process.start()
    return process


def held(go):
    while not go.value:
        time.sleep(0.002)


def runs(pid):
    try:
        with open("/proc/%d/stat" % pid) as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def await_end(pid):
    await_true(lambda: not runs(pid), "process %d ends" % pid)


@rule("PR-01")
def _():
    def change():
        global global_number
        global_number = 3
    process = started(change)
    process.join(SOON)
    equal(100, global_number, "the parent's global")


@rule("PR-02")
def _():
    go = number()
    process = mp.Process(target=held, args=(go,))
    equal((None, False, None),
          (process.pid, process.is_alive(), process.exitcode), "before start")
    raises(AssertionError, process.join)
    raises(AttributeError, process.terminate)
    raises(ValueError, lambda: process.sentinel)
    process.start()
    raises(AssertionError, process.start)
    check(process.is_alive() and process.pid, "it is alive after start")
    go.value = 1
    process.join(SOON)
    raises(AssertionError, process.start)


@rule("PR-03")
def _():
    go = number()
    process = started(held, go)
    for timeout in (0, -1, 0.1):
        seconds, _ = took(process.join, timeout)
        check(seconds >= timeout - 0.01 and process.is_alive(),
              "join(%g) gives up in time" % timeout)

    def other():
        raises(AssertionError, process.join)
        raises(AssertionError, mp.current_process().join)
    Peer(other).result()
    go.value = 1
    process.join()
    process.join()
    check(not process.is_alive(), "it has ended after join")


@rule("PR-04")
def _():
    go = number()
    process = started(held, go)
    equal(None, process.exitcode, "the exit code while it runs")
    go.value = 1
    process.join(SOON)
    equal(0, process.exitcode, "the exit code of a target that returns")
    for code in (0, 1, 7, 255, 256, 519):
        process = started(sys.exit, code)
        process.join(SOON)
        equal(code & 255, process.exitcode, "exit(%d)" % code)

    def die(signum):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.kill(os.getpid(), signum)
    for signum in (signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV):
        process = started(die, signum)
        process.join(SOON)
        equal(-signum, process.exitcode, "death by signal %d" % signum)


@rule("PR-05")
def _():
    go, ready, pid = number(), number(), mp.Value("i", 0, lock=False)

    def middle():
        child = started(held, go)
        pid.value = child.pid
        ready.value = 1
        child.join()
    process = started(middle)
    await_flag(ready)
    process.terminate()
    process.join()  # with a limit it waits for the grandchild, too
    equal(-signal.SIGTERM, process.exitcode, "the exit code")
    process.terminate()
    process.kill()
    check(runs(pid.value), "the grandchild is not signalled")
    go.value = 1
    await_end(pid.value)

    def ignore():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        ready.value = 2
        time.sleep(LONG)
    process = started(ignore)
    await_flag(ready, 2)
    process.terminate()
    process.join(GRACE)
    check(process.is_alive(), "SIGTERM can be ignored")
    process.kill()
    process.join(SOON)
    equal(-signal.SIGKILL, process.exitcode, "the exit code")


@rule("PR-06")
def _():
    check(not mp.Process().daemon, "no daemon by default")

    def child():
        check(mp.current_process().daemon, "it is a daemon")
        process = mp.Process(target=time.sleep, args=(0,))
        check(process.daemon, "daemon is inherited")
        raises(AssertionError, process.start)
    tell = Peer.__new__(Peer)
    tell.hear, tell.tell = mp.Pipe(duplex=False)
    tell.process = mp.Process(target=tell._run, args=(child, ()))
    tell.process.daemon = True
    tell.process.start()

    def late():
        tell.process.daemon = False
    raises(AssertionError, late)
    tell.result()


@rule("PR-07")
def _():
    told, printed, late = number(), number(), number()

    def daemon():
        def on_term(signum, frame):
            told.value = 1
            os._exit(0)
        signal.signal(signal.SIGTERM, on_term)
        printed.value = 1
        time.sleep(LONG)
        late.value = 1

    def child():
        await_flag(told)
        time.sleep(GRACE)
        printed.value = 2

    def parent():
        started(daemon, daemon=True)
        await_flag(printed)
        started(child)
    process = started(parent)
    process.join(SOON)
    equal((2, 0), (printed.value, late.value), "what child and daemon print")


@rule("PR-08")
def _():
    go, wait = number(), number()
    process, sibling = started(held, go), started(held, wait)
    equal([], mpc.wait([process.sentinel], GRACE), "ready while it runs")
    go.value = 1
    for _ in range(2):
        equal([process.sentinel], mpc.wait([process.sentinel], SOON),
              "ready at its end")
        process.join(SOON)
    equal([], mpc.wait([sibling.sentinel], 0), "the sibling's is ready")
    wait.value = 1
    sibling.join(SOON)


@rule("PR-09")
def _():
    go = number()
    process = started(held, go)
    raises(ValueError, process.close)
    go.value = 1
    process.join(SOON)
    process.close()
    process.close()
    raises(ValueError, process.join)
    raises(ValueError, process.is_alive)
    raises(ValueError, lambda: process.exitcode)
    raises(ValueError, lambda: process.sentinel)
    raises(ValueError, process.terminate)


@rule("PR-10")
def _():
    go = number()
    processes = [started(held, go) for _ in range(30)]
    equal(set(processes), set(mp.active_children()), "the active children")
    go.value = 1
    for process in processes:
        process.join(SOON)
    go.value = 0
    processes = [started(held, go) for _ in range(30)]
    for process in processes:
        process.terminate()
    await_true(lambda: not mp.active_children(), "no child is active")
    raises(ChildProcessError, os.waitpid, -1, os.WNOHANG)


@rule("PR-11")
def _():
    looked, noticed = number(), number()

    def child():
        parent = mp.parent_process()
        check(parent.pid == os.getppid() and parent.is_alive(),
              "the parent is alive")
        equal([], mpc.wait([parent.sentinel], 0), "its sentinel")
        looked.value = 1
        parent.join(SOON)
        check(not parent.is_alive(), "the parent's death is noticed")
        noticed.value = 1

    def middle():
        started(child).join()
    process = started(middle)
    await_flag(looked)
    process.kill()
    process.join()
    await_flag(noticed)


@rule("PR-12")
def _():
    with os.fdopen(os.memfd_create("log"), "w+") as log:
        sys.stdout = log

        def write():
            log.write("child ")
        log.write("parent ")
        process = started(write)
        process.join(SOON)
        log.write("end")
        sys.stdout = sys.__stdout__
        log.flush()
        log.seek(0)
        equal("parent child end", log.read(), "the file")


@rule("PR-13")
def _():
    import multiprocessing.popen_fork  # noqa: F401, while it may be read
    pid = os.fork()
    if pid == 0:
        code = 1
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
        _, hard = resource.getrlimit(resource.RLIMIT_NPROC)
        resource.setrlimit(resource.RLIMIT_NPROC, (0, hard))
        process = mp.Process(target=time.sleep, args=(0,))
        try:
            process.start()
        except BlockingIOError:
            code = 2 if process.pid is None else 1
        os._exit(code)
    equal(2, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]),
          "start at the limit is refused")


@rule("PR-14")
def _():
    ready, pid = number(), mp.Value("i", 0, lock=False)

    def parent():
        pid.value = started(time.sleep, LONG, daemon=True).pid
        ready.value = 1
        time.sleep(LONG)
    process = started(parent)
    await_flag(ready)
    process.kill()
    process.join()  # with a limit it waits for the daemon, too
    settled(pid.value, unless=lambda: not runs(pid.value))
    alive = runs(pid.value)
    if alive:
        os.kill(pid.value, signal.SIGKILL)
    check(not alive, "the daemon ends with its killed parent", "it runs on")


@rule("PR-15")
def _():
    process = started(os.execv, "/bin/sh", ["sh", "-c", "exit 5"])
    pid = os.fork()
    if pid == 0:
        os._exit(7)
    process.join(SOON)
    equal(5, process.exitcode, "the exit code of a program")
    mp.active_children()
    equal(7, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]),
          "the exit code of a fork")
