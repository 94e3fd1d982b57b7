/* SPDX-License-Identifier: MIT */
/*
 * Peer processes; see peer.h. Watched calls are in call.c.
 */
#include "peer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "impls/core/end_with.h"
#include "impls/core/proc.h"

/* How often a watcher looks; far below every grace time. */
static const int64_t LOOK_NS = 500 * US, LOOK_MOST_NS = 20 * MS;

/* How a peer begins; copied by the fork. */
struct beginning {
	void (*run)(void *argument);
	void *argument;
	pid_t parent;
	uint64_t branch;
};

static int peer_run(void *beginning)
{
	const struct beginning *begin = beginning;

	/* it never outlives the clause, whatever ends that */
	end_with(begin->parent);
	random_fork(begin->branch);
	begin->run(begin->argument);
	return 0;
}

struct peer peer_start(void (*run)(void *), void *argument)
{
	static uint64_t branch;
	struct beginning begin = {run, argument, getpid(), branch};
	struct peer peer = {NULL, 0};
	enum ipcm_status status =
		ipcm_process_create(peer_run, &begin, NULL, &peer.process);

	branch++;
	if (!status)
		status = ipcm_process_start(peer.process);
	if (!status)
		status = ipcm_process_pid(peer.process, &peer.pid);
	if (status)
		check_harness_error("start: %s", ipcm_status_text(status));
	return peer;
}

bool peer_reap(struct peer *peer, int64_t timeout_ns, int *ret_code)
{
	int64_t deadline = now_ns() + timeout_ns;
	enum ipcm_status status;
	int code;

	while ((status = ipcm_process_join(peer->process, 10 * MS))) {
		if (status != IPCM_TIMEDOUT && status != IPCM_INTR)
			check_harness_error("join: %s",
					    ipcm_status_text(status));
		if (now_ns() >= deadline)
			return false;
		check_elsewhere();
	}
	status = ipcm_process_exitcode(peer->process, &code);
	if (status)
		check_harness_error("exit code: %s", ipcm_status_text(status));
	ipcm_process_free(peer->process);
	*peer = (struct peer){NULL, 0};
	if (ret_code)
		*ret_code = code;
	return true;
}

void peer_join(struct peer *peer)
{
	pid_t pid = peer->pid;
	int code = 0;

	CHECK(peer_reap(peer, 4 * hang_ns(), &code),
	      "peer %d still runs after %lld s", (int)pid,
	      (long long)(4 * hang_ns() / S));
	CHECK(code >= 0, "peer ended by signal %d (%s)", -code,
	      strsignal(-code));
	CHECK(code == 0, "peer exited with %d", code);
}

void peers_start(struct peer *peers, int count, void (*run)(void *argument),
		 void *argument)
{
	for (int i = 0; i < count; i++)
		peers[i] = peer_start(run, argument);
}

void peers_join(struct peer *peers, int count)
{
	for (int i = 0; i < count; i++)
		peer_join(&peers[i]);
}

void peer_kill(struct peer *peer)
{
	int status;

	peer_signal(peer, SIGKILL);
	CHECK(peer_reap(peer, hang_ns(), &status), "a killed peer lives on");
}

void peer_signal(const struct peer *peer, int signal_number)
{
	if (peer->pid <= 0 || kill(peer->pid, signal_number))
		check_harness_error("kill: %s", strerror(errno));
}

void peer_await_state(const struct peer *peer, char state)
{
	int64_t deadline = now_ns() + hang_ns();
	int seen = 0;

	/* three looks in a row: a moment's sleep on a short lock is not it */
	while (seen < 3) {
		char is = proc_state(peer->pid);

		seen = is == state ? seen + 1 : 0;
		check_elsewhere();
		CHECK(is != 'Z', "the peer has ended, waited for state '%c'",
		      state);
		CHECK(now_ns() < deadline,
		      "peer is in state '%c', waited for '%c'", is, state);
		pause_ns(2 * LOOK_NS);
	}
}

bool peer_has_ended(const struct peer *peer)
{
	return proc_state(peer->pid) == 'Z';
}

bool peer_is_asleep(const struct peer *peer)
{
	return proc_state(peer->pid) == 'S';
}

int64_t peer_cpu_ns(pid_t pid)
{
	struct proc_stat stat;

	if (proc_stat_read(pid, &stat))
		return 0;
	return (int64_t)stat.cpu_ticks * (S / sysconf(_SC_CLK_TCK));
}

bool flag_reaches(_Atomic int *flag, int at_least, int64_t timeout_ns)
{
	int64_t begun = now_ns(), waited, look;

	while (atomic_load(flag) < at_least) {
		waited = now_ns() - begun;
		if (waited >= timeout_ns)
			return false;
		check_elsewhere();
		/* a crowd that looks often takes all CPU time */
		look = waited / 16;
		look = look < LOOK_NS ? LOOK_NS : look;
		pause_ns(look < LOOK_MOST_NS ? look : LOOK_MOST_NS);
	}
	return true;
}

void flag_await(_Atomic int *flag, int at_least)
{
	CHECK(flag_reaches(flag, at_least, hang_ns()),
	      "a peer reached step %d, waited for step %d", atomic_load(flag),
	      at_least);
}
