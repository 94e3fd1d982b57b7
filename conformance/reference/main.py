# SPDX-License-Identifier: MIT


def run_one(name):
    function = RULES.get(name)
    if function is None:
        return {"verdict": "unsupported",
                "reason": "not expressible with multiprocessing"}
    try:
        function()
    except Fail as fail:
        return {"verdict": "fail", "expected": fail.expected,
                "observed": fail.observed}
    except Unsupported as reason:
        return {"verdict": "unsupported", "reason": str(reason)}
    except Exception as other:
        return {"verdict": "fail", "expected": "no other exception",
                "observed": repr(other)}
    return {"verdict": "pass"}


def answer_and_end(name):
    answer = run_one(name)
    answer["version"] = "%d.%d.%d" % sys.version_info[:3]
    print(json.dumps(answer), flush=True)
    # neither feeders nor peers of a failed rule may keep us
    for child in mp.active_children():
        child.kill()
    os._exit(0)


def fork_rule(name, answer):
    """
    A process for the rule, whose standard output is this descriptor. It is
    a grandchild, which our parent adopts and waits for. Returns its pid.
    """
    hear, tell = os.pipe()
    between = os.fork()
    if between:
        os.close(tell)
        pid = os.read(hear, 20)
        os.close(hear)
        os.waitpid(between, 0)
        return pid
    pid = os.fork()
    if pid:
        os.write(tell, b"%d" % pid)
        os._exit(0)
    os.setpgid(0, 0)
    os.dup2(answer, 1)
    os.dup2(2, 0)  # in place of the socket; interpreter.c made it /dev/null
    os.close(hear)
    os.close(tell)
    # this text stays open: a traceback reads it by its number
    answer_and_end(name)


def serve():
    """
    Start and compile once for all rules: for each message "ID FD" on the
    socket that is our standard input, fork a process and tell its pid.
    """
    for part in ("connection", "heap", "managers", "pool", "popen_fork",
                 "queues", "sharedctypes", "synchronize"):
        importlib.import_module("multiprocessing." + part)
    gc.collect()
    gc.freeze()  # or a collection in a child would copy all this memory
    while True:
        asked = os.read(0, 200).split()
        if not asked:
            return
        os.write(0, fork_rule(asked[0].decode(), int(asked[1])))


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: reference ID [FACTOR] | --serve [FACTOR] | --list")
    if sys.argv[1] == "--list":
        print("\n".join(RULES))
    elif sys.argv[1] == "--serve":
        serve()
    else:
        answer_and_end(sys.argv[1])
