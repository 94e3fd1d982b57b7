# SPDX-License-Identifier: MIT
"""The facts of the machine and of the build, the first line, the commands. See
sentences_read.py."""
from sentences_figures import count_text, equal, plain

# Words of the short table, and where the fact stands in a file.
MACHINE = [
    ("Processor", "cpu.model_name"), ("CPUs online", "cpu.count_online"),
    ("Frequency governor", "cpu.governor"),
    ("Idle governor", "cpu.idle_governor"),
    ("Virtual machine", "virt.hypervisor"), ("Container", "virt.container"),
    ("Kernel", "kernel.release"),
    ("Clock source", "clock.kernel_clocksource"),
    ("Build type", "build.type"), ("Compiler flags", "build.flags"),
    ("Commit", "build.source.commit"), ("Modified", "build.source.dirty")]


def value_words(value):
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return " ".join(value_words(v) for v in value) or "none"
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(value) or "none"


def facts_of(block, prefix):
    """(name, text, why it is unknown), sorted at each level."""
    for key in sorted(block):
        name = f"{prefix}.{key}" if prefix else key
        if key == "why":
            continue
        if isinstance(block[key], dict):
            yield from facts_of(block[key], name)
        else:
            why = block.get("why", {}).get(key) if block[key] is None else None
            yield name, value_words(block[key]), why


def all_facts(files):
    """By name: values and reasons, each once, in the order of the files."""
    facts = {}
    for one in files.documents:
        for name, text, why in (*facts_of(one["env"], ""),
                                *facts_of(one["build"], "build")):
            values, reasons = facts.setdefault(name, ([], []))
            if text not in values:
                values.append(text)
            if why and why not in reasons:
                reasons.append(why)
    return {name: ("; ".join(values), "; ".join(reasons))
            for name, (values, reasons) in facts.items()}


def check_facts(page, table, wanted):
    equal(table, [(plain(r[0]["text"]), plain(r[1]["text"]),
                   plain(r[1]["small"])) for r in page.tables.get(table, [])],
          wanted)


def check_machine(page, files):
    facts = all_facts(files)
    check_facts(page, "environment",
                [(name, *facts[name]) for name in facts])
    check_facts(page, "machine", [(words, *facts[name])
                                  for words, name in MACHINE if name in facts])


# ---- the first line, and the commands ----

def machine_line(files):
    env = files.documents[0]["env"]
    return f"{env['cpu']['model_name']}, " \
        f"{count_text(env['cpu']['count_online'], 'CPU')}, " \
        f"Linux {env['kernel']['release']}"


def run_line(one):
    started = one["run"]["started"]
    return f"{one['run']['verb']} {started[:10]} {started[11:16]} UTC"


def command_texts(files):
    return [("p", f"{run['command']}seed {run['seed']}, "
             f"ipcmark {run['tool_version']}, run {run['id']}, "
             f"{run['started']} to {run['finished']}")
            for run in (one["run"] for one in files.documents)]
