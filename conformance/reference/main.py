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


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: reference ID [FACTOR] | --list")
    if sys.argv[1] == "--list":
        print("\n".join(RULES))
    else:
        answer = run_one(sys.argv[1])
        answer["interpreter"] = sys.executable
        answer["version"] = "%d.%d.%d" % sys.version_info[:3]
        print(json.dumps(answer), flush=True)
        # neither feeders nor peers of a failed rule may keep us
        for child in mp.active_children():
            child.kill()
        os._exit(0)
