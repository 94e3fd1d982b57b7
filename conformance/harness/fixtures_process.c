/* SPDX-License-Identifier: MIT */
/* Processes of the library for clauses; see fixtures_process.h. */
#include "fixtures_process.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fixtures.h"
#include "impls/core/proc.h"

int held_run(void *argument)
{
	struct held *held = argument;

	atomic_store(&held->pid, getpid());
	(void)atomic_fetch_add(&held->begun, 1);
	while (!flag_reaches(&held->go, 1, hang_ns()))
		;
	(void)atomic_fetch_add(&held->ended, 1);
	return 0;
}

struct ipcm_process *process_make(int (*target)(void *argument), void *argument)
{
	struct ipcm_process *process = NULL;

	CHECK_OK(ipcm_process_create(target, argument, NULL, &process));
	CHECK(process != NULL, "OK without a handle");
	return process;
}

struct ipcm_process *process_started(int (*target)(void *argument),
				     void *argument)
{
	struct ipcm_process *process = process_make(target, argument);

	CHECK_OK(ipcm_process_start(process));
	return process;
}

struct ipcm_process *daemon_started(int (*target)(void *argument),
				    void *argument)
{
	struct ipcm_process *process = process_make(target, argument);

	CHECK_OK(ipcm_process_set_daemon(process, true));
	CHECK_OK(ipcm_process_start(process));
	return process;
}

FIXTURE_ANSWER(pid_t, process_pid, process, ipcm_process_pid)
FIXTURE_ANSWER(bool, process_is_alive, process, ipcm_process_is_alive)
FIXTURE_ANSWER(int, process_sentinel_fd, process, ipcm_process_sentinel)

void process_expect(struct ipcm_process *process, int code)
{
	int got = -77;

	CHECK_OK(ipcm_process_join(process, hang_ns()));
	CHECK_OK(ipcm_process_exitcode(process, &got));
	check_elsewhere();
	CHECK_EQUAL(code, got, "exit code");
	ipcm_process_free(process);
}

size_t process_children(void)
{
	struct ipcm_process *children[1];
	size_t count = 77;
	enum ipcm_status status =
		ipcm_process_active_children(children, 1, &count);

	CHECK(status == (count > 1 ? IPCM_TOOSMALL : IPCM_OK),
	      "active_children gave %s for %zu children",
	      ipcm_status_name(status), count);
	return count;
}

bool descriptor_is_ready(int fd)
{
	struct pollfd entry = {.fd = fd, .events = POLLIN};

	CHECK(poll(&entry, 1, 0) >= 0 && !(entry.revents & POLLNVAL),
	      "descriptor %d is not open", fd);
	return entry.revents != 0;
}

bool pid_runs(pid_t pid)
{
	char state = proc_state(pid);

	return state && state != 'Z' && state != 'X';
}

void pid_await_end(pid_t pid)
{
	int64_t deadline = now_ns() + hang_ns();

	while (pid_runs(pid)) {
		check_elsewhere();
		CHECK(now_ns() < deadline, "process %d is in state '%c'",
		      (int)pid, proc_state(pid));
		pause_ns(MS);
	}
}

/* From now on pidfd_open(2) fails as on an old kernel. */
static bool forbid_pidfds(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pidfd_open, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof(filter) / sizeof(filter[0]),
				     filter};

	return !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) &&
	       !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) &&
	       syscall(SYS_pidfd_open, getpid(), 0) < 0;
}

struct variant {
	void (*run)(void *argument);
	void *argument;
};

static void run_without_pidfds(void *argument)
{
	struct variant *variant = argument;

	if (forbid_pidfds())
		variant->run(variant->argument);
}

void with_and_without_pidfds(void (*run)(void *argument), void *argument)
{
	struct variant variant = {run, argument};
	struct peer peer = peer_start(run_without_pidfds, &variant);

	peer_join(&peer);
	run(argument);
}
