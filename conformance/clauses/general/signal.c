/* SPDX-License-Identifier: MIT */
/*
 * G-SIG: caught signals, stop and continue, and what the library leaves alone.
 */
#include "conformance/harness/calls/blocking_calls.h"
#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures.h"

#include <errno.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t caught;

static void catch_signal(int signal_number)
{
	(void)signal_number;
	caught = 1;
}

static void handle(int signal_number, int flags)
{
	struct sigaction action = {.sa_handler = catch_signal,
				   .sa_flags = flags};

	(void)sigemptyset(&action.sa_mask);
	if (sigaction(signal_number, &action, NULL))
		check_harness_error("sigaction: %s", strerror(errno));
}

static void signals_do_not_fail_calls(const struct ipcm_backend *backend)
{
	static const int flags[] = {0, SA_RESTART};
	struct blocked set;

	for (int i = 0; i < 2; i++) {
		/* peers inherit the handler */
		handle(SIGUSR1, flags[i]);
		blocked_start(&set, backend, i ? IPCM_FOREVER : 4 * hang_ns());
		blocked_await_asleep(&set);
		for (int sent = 0; sent < 4; sent++) {
			blocked_signal(&set, SIGUSR1);
			pause_ns(20 * MS);
		}
		blocked_check_none_returned(&set, "after a caught signal");
		blocked_release(&set);
	}
}

static bool all_returned(const struct blocked *set)
{
	for (int i = 0; i < set->count; i++) {
		if (!call_returned(set->calls[i].call))
			return false;
	}
	return true;
}

static void only_the_rest_is_waited(const struct ipcm_backend *backend)
{
	int64_t deadline = now_ns() + 500 * MS + slack_ns();
	struct blocked set;

	handle(SIGUSR1, 0);
	blocked_start(&set, backend, 500 * MS);
	/* a loop that starts again with the whole timeout never ends here */
	while (!all_returned(&set) && now_ns() < deadline) {
		blocked_signal(&set, SIGUSR1);
		pause_ns(20 * MS);
	}
	blocked_expect_timeouts(&set);
}

static bool any_returned(const struct blocked *set)
{
	for (int i = 0; i < set->count; i++)
		if (call_returned(set->calls[i].call))
			return true;
	return false;
}

/*
 * Time spent stopped counts: the limit is over when the process continues. A
 * call that waits for the rest of its limit then needs most of it, so half of
 * it tells them apart; a busy machine gets longer limits.
 */
static void time_goes_on(const struct ipcm_backend *backend)
{
	bool over = false;

	for (int64_t limit = 400 * MS; !over && limit < 8000 * MS; limit *= 2) {
		struct blocked set;
		bool early;

		blocked_start(&set, backend, limit);
		blocked_await_begun(&set);
		pause_ns(limit / 8);
		/* it took its whole limit to start them all */
		early = any_returned(&set);
		blocked_signal(&set, SIGSTOP);
		pause_ns(limit);
		blocked_signal(&set, SIGCONT);
		pause_ns(limit / 2);
		over = !early && all_returned(&set);
		blocked_expect_timeouts(&set);
	}
	CHECK(over, "calls wait for the time in which they were stopped");
}

static void stop_and_continue_is_no_error(const struct ipcm_backend *backend)
{
	struct blocked set;

	blocked_start(&set, backend, IPCM_FOREVER);
	blocked_await_asleep(&set);
	blocked_signal(&set, SIGSTOP);
	pause_ns(100 * MS);
	blocked_signal(&set, SIGCONT);
	pause_ns(grace_ns());
	blocked_check_none_returned(&set, "after stop and continue");
	blocked_release(&set);

	time_goes_on(backend);
}

/* What a library must leave alone. */
struct dispositions {
	struct sigaction actions[NSIG];
	sigset_t mask;
	struct itimerval timers[3];
};

static void dispositions_read(struct dispositions *now)
{
	memset(now, 0, sizeof(*now));
	for (int i = 1; i < NSIG; i++)
		(void)sigaction(i, NULL, &now->actions[i]);
	(void)sigprocmask(SIG_SETMASK, NULL, &now->mask);
	(void)getitimer(ITIMER_REAL, &now->timers[0]);
	(void)getitimer(ITIMER_VIRTUAL, &now->timers[1]);
	(void)getitimer(ITIMER_PROF, &now->timers[2]);
}

static void dispositions_compare(const struct dispositions *before)
{
	struct dispositions now;

	dispositions_read(&now);
	for (int i = 1; i < NSIG; i++) {
		CHECK(now.actions[i].sa_handler ==
			      before->actions[i].sa_handler,
		      "the handler of signal %d changed", i);
		CHECK(sigismember(&now.mask, i) ==
			      sigismember(&before->mask, i),
		      "signal %d is blocked or free otherwise", i);
	}
	CHECK(memcmp(now.timers, before->timers, sizeof(now.timers)) == 0,
	      "an interval timer runs");
}

static void write_without_reader(void *argument)
{
	struct pair pair = pipe_make(argument, false);
	enum ipcm_status status;

	(void)signal(SIGPIPE, SIG_DFL);
	CHECK_OK(ipcm_connection_close(pair.first));
	status = ipcm_connection_send(pair.second, "x", 1, hang_ns());
	CHECK(status == IPCM_OK || status == IPCM_BROKEN, "send gave %s",
	      ipcm_status_name(status));
	CHECK_STATUS(IPCM_BROKEN,
		     ipcm_connection_send(pair.second, "x", 1, hang_ns()));
	pair_free(&pair);
}

static void nothing_of_the_process_changes(const struct ipcm_backend *backend)
{
	struct dispositions before;
	struct blocked set;
	struct peer peer;

	/* who started the program may ignore it, as a library may not */
	(void)signal(SIGPIPE, SIG_DFL);
	dispositions_read(&before);
	blocked_start(&set, backend, IPCM_FOREVER);
	blocked_await_asleep(&set);
	dispositions_compare(&before);
	blocked_release(&set);
	dispositions_compare(&before);
	if (!backend->pipe)
		return;
	peer = peer_start(write_without_reader, (void *)(uintptr_t)backend);
	peer_join(&peer);
}

static const struct clause table[] = {
	{"G-SIG-01", LEVEL_CORE, OBJECT_ALL,
	 "SIGUSR1, without and with SA_RESTART, to every blocked caller.",
	 "No call fails; each goes on and succeeds when its object is ready.",
	 "CPython test TestIgnoreEINTR.test_ignore, "
	 "_TestPollEintr.test_poll_eintr",
	 0, false, signals_do_not_fail_calls},
	{"G-SIG-02", LEVEL_BEYOND, OBJECT_ALL,
	 "Signals 50 times a second during waits of 500 ms.",
	 "After a signal a timed call waits only for what is left.",
	 "ipcmark status.h; CPython test TestIgnoreEINTR", 0, false,
	 only_the_rest_is_waited},
	{"G-SIG-03", LEVEL_BEYOND, OBJECT_ALL,
	 "SIGSTOP and SIGCONT to every blocked caller.",
	 "No error; time spent stopped counts towards the timeout.",
	 "signal(7)", 0, false, stop_and_continue_is_no_error},
	{"G-SIG-05", LEVEL_BEYOND, OBJECT_ALL,
	 "Compare dispositions, mask and timers; write without a reader.",
	 "The library changes none of them; SIGPIPE never arrives.",
	 "pipe(7); LTP pipe08", 0, false, nothing_of_the_process_changes},
};

CLAUSE_LIST(clauses_general_signal, table);
