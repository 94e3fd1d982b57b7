/* SPDX-License-Identifier: MIT */
/*
 * Peer processes; see peer.h. Watched calls are in call.c.
 */
#include "peer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "impls/core/proc.h"

/* How often a watcher looks; far below every grace time. */
static const int64_t LOOK_NS = 500 * US;

struct peer peer_start(void (*run)(void *), void *argument)
{
	static uint64_t branch;
	pid_t parent = getpid();
	struct peer peer = {fork()};

	branch++;
	if (peer.pid < 0)
		check_harness_error("fork: %s", strerror(errno));
	if (peer.pid == 0) {
		/* a peer never outlives the clause, whatever ends that */
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(CHECK_EXIT);
		random_fork(branch);
		run(argument);
		_exit(0);
	}
	return peer;
}

bool peer_reap(struct peer *peer, int64_t timeout_ns, int *ret_status)
{
	int64_t deadline = now_ns() + timeout_ns;
	int status = 0;

	for (;;) {
		pid_t got = waitpid(peer->pid, &status, WNOHANG);

		if (got == peer->pid)
			break;
		if (got < 0)
			check_harness_error("waitpid: %s", strerror(errno));
		if (now_ns() >= deadline)
			return false;
		check_elsewhere();
		pause_ns(LOOK_NS);
	}
	peer->pid = 0;
	if (ret_status)
		*ret_status = status;
	return true;
}

void peer_join(struct peer *peer)
{
	pid_t pid = peer->pid;
	int status = 0;

	CHECK(peer_reap(peer, 4 * hang_ns(), &status),
	      "peer %d still runs after %lld s", (int)pid,
	      (long long)(4 * hang_ns() / S));
	CHECK(!WIFSIGNALED(status), "peer ended by signal %d (%s)",
	      WTERMSIG(status), strsignal(WTERMSIG(status)));
	CHECK(WEXITSTATUS(status) == 0, "peer exited with %d",
	      WEXITSTATUS(status));
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
	int64_t deadline = now_ns() + timeout_ns;

	while (atomic_load(flag) < at_least) {
		if (now_ns() >= deadline)
			return false;
		check_elsewhere();
		pause_ns(LOOK_NS);
	}
	return true;
}

void flag_await(_Atomic int *flag, int at_least)
{
	CHECK(flag_reaches(flag, at_least, hang_ns()),
	      "a peer reached step %d, waited for step %d", atomic_load(flag),
	      at_least);
}
