/* SPDX-License-Identifier: MIT */
/*
 * Peers and watched calls; see peer.h.
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

/* How often a watcher looks; far below every grace time. */
static const int64_t LOOK_NS = 500 * US;

struct peer peer_start(void (*run)(void *), void *argument)
{
	static uint64_t branch;
	pid_t parent = getpid();
	struct peer peer = {fork()};

	branch++;
	if (peer.pid < 0)
		check_engine("fork: %s", strerror(errno));
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
			check_engine("waitpid: %s", strerror(errno));
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

void peer_kill(struct peer *peer)
{
	int status;

	peer_signal(peer, SIGKILL);
	CHECK(peer_reap(peer, hang_ns(), &status), "a killed peer lives on");
}

void peer_signal(const struct peer *peer, int signal_number)
{
	if (peer->pid <= 0 || kill(peer->pid, signal_number))
		check_engine("kill: %s", strerror(errno));
}

static bool read_stat(pid_t pid, char *text, size_t bytes)
{
	char path[64];
	FILE *file;
	size_t got;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	got = fread(text, 1, bytes - 1, file);
	text[got] = '\0';
	(void)fclose(file);
	return got > 0;
}

/* State letter of a process: the field behind the name in parentheses. */
static char process_state(pid_t pid)
{
	char text[512];
	const char *end;

	if (!read_stat(pid, text, sizeof(text)))
		return '?';
	end = strrchr(text, ')');
	return end && end[1] ? end[2] : '?';
}

void peer_await_state(const struct peer *peer, char state)
{
	int64_t deadline = now_ns() + hang_ns();
	int seen = 0;

	/* three looks in a row: a moment's sleep on a short lock is not it */
	while (seen < 3) {
		char is = process_state(peer->pid);

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
	return process_state(peer->pid) == 'S';
}

int64_t peer_cpu_ns(pid_t pid)
{
	char text[512];
	unsigned long user = 0, system = 0;
	const char *end;

	if (!read_stat(pid, text, sizeof(text)))
		return 0;
	end = strrchr(text, ')');
	/* proc(5): utime and stime are fields 14 and 15 */
	if (!end || sscanf(end + 2,
			   "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu "
			   "%lu",
			   &user, &system) != 2)
		return 0;
	return (int64_t)(user + system) * (S / sysconf(_SC_CLK_TCK));
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

static enum ipcm_status call_queue(struct call *call)
{
	size_t room = call->bytes ? call->bytes : sizeof(call->number);
	void *buffer = call->bytes ? memory(room) : &call->number;
	size_t size = 0;

	if (call->kind == CALL_GET) {
		enum ipcm_status status = ipcm_queue_get(
			call->object, buffer, room, call->timeout_ns, &size);

		if (status == IPCM_OK && call->bytes)
			CHECK(size == room && pattern_matches(buffer, room,
							      call->number),
			      "%zu bytes, or damaged", size);
		return status;
	}
	if (call->bytes)
		pattern_fill(buffer, room, call->number);
	return ipcm_queue_put(call->object, buffer, room, call->timeout_ns);
}

static enum ipcm_status call_pipe(struct call *call)
{
	size_t room = call->bytes ? call->bytes : sizeof(call->number);
	void *buffer = call->bytes ? memory(room) : &call->number;

	if (call->kind == CALL_POLL)
		return ipcm_connection_poll(call->object, call->timeout_ns,
					    &call->ready);
	if (call->kind == CALL_RECEIVE)
		return ipcm_connection_recv(call->object, buffer, room,
					    call->timeout_ns, NULL);
	if (call->bytes)
		pattern_fill(buffer, room, call->number);
	return ipcm_connection_send(call->object, buffer, room,
				    call->timeout_ns);
}

static enum ipcm_status call_condition(struct ipcm_condition *condition,
				       int64_t timeout_ns)
{
	enum ipcm_status status;

	CHECK_STATUS(IPCM_OK, ipcm_condition_acquire(condition, IPCM_FOREVER));
	status = ipcm_condition_wait(condition, timeout_ns);
	CHECK_STATUS(IPCM_OK, ipcm_condition_release(condition));
	return status;
}

static enum ipcm_status call_barrier(struct call *call)
{
	unsigned index = 0;
	enum ipcm_status status =
		ipcm_barrier_wait(call->object, call->timeout_ns, &index);

	call->number = index;
	return status;
}

static enum ipcm_status call_make(struct call *call)
{
	switch (call->kind) {
	case CALL_GET:
	case CALL_PUT:
		return call_queue(call);
	case CALL_JOIN:
		return ipcm_queue_join(call->object, call->timeout_ns);
	case CALL_ACQUIRE:
		return ipcm_lock_acquire(call->object, call->timeout_ns);
	case CALL_RLOCK:
		return ipcm_rlock_acquire(call->object, call->timeout_ns);
	case CALL_SEMAPHORE:
		return ipcm_semaphore_acquire(call->object, call->timeout_ns);
	case CALL_CONDITION:
		return call_condition(call->object, call->timeout_ns);
	case CALL_EVENT:
		return ipcm_event_wait(call->object, call->timeout_ns);
	case CALL_BARRIER:
		return call_barrier(call);
	case CALL_FUNCTION:
		return call->function(call->object);
	default:
		return call_pipe(call);
	}
}

static void call_run(void *argument)
{
	struct call *call = argument;
	enum ipcm_status status;

	call->begun_ns = now_ns();
	atomic_store(&call->phase, 1);
	status = call_make(call);
	call->ended_ns = now_ns();
	call->status = status;
	atomic_store(&call->phase, 2);
}

struct call *call_start_large(enum call_kind kind, void *object,
			      uint64_t number, size_t bytes, int64_t timeout_ns)
{
	struct call *call = share(sizeof(*call));

	call->kind = kind;
	call->object = object;
	call->number = number;
	call->bytes = bytes;
	call->timeout_ns = timeout_ns;
	call->peer = peer_start(call_run, call);
	return call;
}

struct call *call_start(enum call_kind kind, void *object, uint64_t number,
			int64_t timeout_ns)
{
	return call_start_large(kind, object, number, 0, timeout_ns);
}

struct call *call_start_function(enum ipcm_status (*function)(void *),
				 void *object, const char *name)
{
	struct call *call = share(sizeof(*call));

	call->kind = CALL_FUNCTION;
	call->object = object;
	call->function = function;
	call->name = name;
	call->timeout_ns = IPCM_FOREVER;
	call->peer = peer_start(call_run, call);
	return call;
}

const char *call_name(const struct call *call)
{
	static const char *const names[] = {"get",
					    "put",
					    "join",
					    "recv",
					    "send",
					    "poll",
					    "acquire",
					    "rlock acquire",
					    "semaphore acquire",
					    "condition wait",
					    "event wait",
					    "barrier wait"};

	return call->kind == CALL_FUNCTION ? call->name : names[call->kind];
}

void call_await_asleep(struct call *call)
{
	flag_await(&call->phase, 1);
	/* a call that returned leaves a zombie, which never sleeps */
	CHECK(!call_returned(call) || call->status == IPCM_OK,
	      "the peer's %s returned %s", call_name(call),
	      ipcm_status_name(call->status));
	CHECK(!call_returned(call), "the peer's %s returned OK",
	      call_name(call));
	peer_await_state(&call->peer, 'S');
}

void call_check_blocked(struct call *call)
{
	call_await_asleep(call);
	pause_ns(grace_ns());
	CHECK(!call_returned(call), "the peer's %s returned %s",
	      call_name(call), ipcm_status_name(call->status));
}

void call_check_returns(struct call *call, enum ipcm_status wanted)
{
	CHECK(flag_reaches(&call->phase, 2, hang_ns()),
	      "the peer's %s has not returned after %lld s", call_name(call),
	      (long long)(hang_ns() / S));
	CHECK(call->status == wanted, "the peer's %s returned %s, not %s",
	      call_name(call), ipcm_status_name(call->status),
	      ipcm_status_name(wanted));
	peer_join(&call->peer);
}

bool call_returned(const struct call *call)
{
	return atomic_load(&call->phase) == 2;
}

int64_t call_duration_ns(const struct call *call)
{
	return call->ended_ns - call->begun_ns;
}

void call_kill(struct call *call)
{
	peer_kill(&call->peer);
}
