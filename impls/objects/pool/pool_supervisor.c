/* SPDX-License-Identifier: MIT */
/*
 * The supervisor: a process with one thread that starts the workers, replaces
 * those that end, and tells the owner which task each of them leaves.
 *
 * A death, step by step: the worker is reaped, so it does nothing any more; its
 * claim is settled (queue_claim.h); the results of its chunk that it had
 * finished are sent for it; then the end is announced, behind all its results
 * since a queue keeps their order. Then its slot is free for a replacement.
 */
#include "pool_internal.h"

#include <errno.h>
#include <poll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "impls/core/sync/clock.h"
#include "impls/core/sync/poll.h"
#include "impls/objects/queue/queue_claim.h"
#include "ipcmark/process.h"

/* Workers may take so long to end after SIGTERM. */
#define WORKER_GRACE_NS NS_PER_S
/* How often it is tried again to announce an end, and to start a process. */
#define ANNOUNCE_NS (2 * NS_PER_MS)
#define START_NS    (100 * NS_PER_MS)

enum seat_state {
	SEAT_EMPTY, /* start a worker */
	SEAT_BUSY,  /* it runs */
	SEAT_ENDED  /* announce it */
};

/* One worker, as the supervisor sees it; it runs in a slot. */
struct seat {
	struct ipcm_pool *pool;
	struct pool_slot *slot;
	struct ipcm_process *process;
	enum seat_state state;
	bool was_ready;	  /* this worker */
	int64_t start_at; /* not before: the last start failed */
};

struct supervisor {
	struct ipcm_pool *pool;
	struct seat *seats;
	uint32_t count;		/* of them */
	struct pollfd *entries; /* the command's, then one a seat */
	uint32_t failures;	/* starts that failed in a row */
	uint32_t losses;	/* workers in a row that got no task */
	pid_t pid;
};

static struct supervisor supervisor;

/* ---- start ---- */

static int worker_main(void *argument)
{
	const struct seat *seat = argument;

	/* beside its tie: a task may close that descriptor */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != supervisor.pid)
		return 1;
	return worker_run(seat->pool, seat->slot);
}

static void slot_reset(struct pool_slot *slot)
{
	atomic_store(&slot->claim, QUEUE_CLAIM_NONE);
	atomic_store(&slot->begun, 0);
	atomic_store(&slot->finished, 0);
	atomic_store(&slot->ready, 0);
	atomic_store(&slot->had_task, 0);
	atomic_store(&slot->lost, 0);
	atomic_store(&slot->start_status, IPCM_OK);
}

static enum ipcm_status seat_start(struct seat *seat)
{
	enum ipcm_status status;

	slot_reset(seat->slot);
	status = ipcm_process_create(worker_main, seat, "PoolWorker",
				     &seat->process);
	if (!status)
		status = ipcm_process_set_daemon(seat->process, true);
	if (!status)
		status = ipcm_process_start(seat->process);
	if (status) {
		ipcm_process_free(seat->process);
		seat->process = NULL;
		return status;
	}
	seat->was_ready = false;
	seat->state = SEAT_BUSY;
	return IPCM_OK;
}

/* ---- the end of a worker ---- */

static bool seat_has_ended(const struct seat *seat)
{
	bool alive = true;

	return seat->state == SEAT_BUSY &&
	       !ipcm_process_is_alive(seat->process, &alive) && !alive;
}

static bool put(const struct seat *seat, const void *message, size_t bytes)
{
	return !ipcm_queue_put(seat->pool->results, message, bytes, IPCM_TRY);
}

/* False: again later. Results that are sent twice are received once. */
static bool announce(struct seat *seat)
{
	struct pool_slot *slot = seat->slot;
	uint64_t finished, begun = atomic_load(&slot->begun);
	struct pool_message *frame = (void *)slot->frame;
	struct pool_message end = {.kind = POOL_ENDED,
				   .first = (uint32_t)begun};

	if (!queue_settle_claims(seat->pool->tasks))
		return false;
	end.number = atomic_load(&slot->claim);
	finished = atomic_load(&slot->finished);
	if (finished && frame->number == end.number) {
		frame->items = (uint32_t)(finished >> 32);
		if (!put(seat, frame, (uint32_t)finished))
			return false;
	}
	return put(seat, &end, sizeof(end));
}

/* ---- all of them ---- */

static uint32_t workers(void)
{
	return supervisor.count;
}

static enum pool_command command(void)
{
	return (enum pool_command)atomic_load(
		&supervisor.pool->shared->command);
}

static uint32_t seats_busy(void)
{
	uint32_t busy = 0;

	for (uint32_t i = 0; i < workers(); i++)
		busy += supervisor.seats[i].state == SEAT_BUSY;
	return busy;
}

/* Sleep until a worker ends, a command comes, or the time is over. */
static void watch(int64_t deadline_ns)
{
	struct pollfd *entries = supervisor.entries;
	uint64_t count;

	entries[0] = (struct pollfd){supervisor.pool->command_fd, POLLIN, 0};
	for (uint32_t i = 0; i < workers(); i++) {
		struct seat *seat = &supervisor.seats[i];
		int fd = -1;

		if (seat->state == SEAT_BUSY &&
		    ipcm_process_sentinel(seat->process, &fd))
			/* no descriptor is free: look at it now and then */
			deadline_ns = clock_slice(deadline_ns, START_NS);
		entries[i + 1] = (struct pollfd){fd, POLLIN, 0};
	}
	(void)!poll_until(entries, workers() + 1, deadline_ns);
	(void)!read(supervisor.pool->command_fd, &count, sizeof(count));
}

static void signal_all(enum ipcm_status (*send)(struct ipcm_process *process))
{
	for (uint32_t i = 0; i < workers(); i++)
		if (supervisor.seats[i].state == SEAT_BUSY)
			(void)!send(supervisor.seats[i].process);
}

static void reap_all(void)
{
	for (uint32_t i = 0; i < workers(); i++)
		if (seat_has_ended(&supervisor.seats[i])) {
			supervisor.seats[i].state = SEAT_ENDED;
			/* it is reaped: the id may be another process's soon */
			atomic_store(&supervisor.seats[i].slot->pid, 0);
		}
}

static void terminate_all(void)
{
	int64_t until = clock_deadline(WORKER_GRACE_NS);

	signal_all(ipcm_process_terminate);
	for (reap_all(); seats_busy() && !clock_past(until); reap_all())
		watch(until);
	signal_all(ipcm_process_kill);
	for (reap_all(); seats_busy(); reap_all())
		watch(IPCM_FOREVER);
}

/* ---- the creation ---- */

static enum ipcm_status start_all(void)
{
	for (uint32_t i = 0; i < workers(); i++) {
		enum ipcm_status status = seat_start(&supervisor.seats[i]);

		if (status)
			return status;
	}
	return IPCM_OK;
}

/* Why a worker ended that was not ready; IPCM_OK: it was. */
static enum ipcm_status failure_of(const struct seat *seat)
{
	enum ipcm_status status;

	if (atomic_load(&seat->slot->ready))
		return IPCM_OK;
	status = (enum ipcm_status)atomic_load(&seat->slot->start_status);
	return status ? status : IPCM_WORKERDIED;
}

/* ---- replacing ---- */

/* A start has failed, or a worker before it was ready. */
static bool start_failed(struct seat *seat)
{
	seat->start_at = clock_deadline(START_NS);
	return ++supervisor.failures < IPCM_POOL_START_ATTEMPTS;
}

/* A worker of this seat is ready: what failed before does not count. */
static void look_ready(struct seat *seat)
{
	if (!seat->was_ready && atomic_load(&seat->slot->ready)) {
		seat->was_ready = true;
		seat->start_at = 0;
		supervisor.failures = 0;
	}
}

/* False: the pool cannot go on. */
static bool seat_settle(struct seat *seat)
{
	enum ipcm_status failed = failure_of(seat);

	if (atomic_load(&seat->slot->had_task))
		supervisor.losses = 0;
	else if (atomic_load(&seat->slot->lost))
		supervisor.losses++;
	if (!failed)
		return supervisor.losses < IPCM_POOL_START_ATTEMPTS;
	/* the first start in this seat: the creation fails */
	if (!atomic_load(&seat->slot->ready_once)) {
		atomic_store(&supervisor.pool->shared->failure,
			     (int32_t)failed);
		return false;
	}
	return start_failed(seat);
}

static bool seat_restart(struct seat *seat)
{
	if (command() != POOL_RUN || !clock_past(seat->start_at) ||
	    !seat_start(seat))
		return true;
	seat->start_at = clock_deadline(START_NS);
	/* while others run, the tasks go on */
	return seats_busy() || start_failed(seat);
}

static bool seat_care(struct seat *seat)
{
	if (seat->state == SEAT_BUSY || seat->state == SEAT_ENDED)
		look_ready(seat);
	if (seat->state == SEAT_ENDED && announce(seat)) {
		ipcm_process_free(seat->process);
		seat->process = NULL;
		seat->state = SEAT_EMPTY;
		if (!seat_settle(seat))
			return false;
	}
	return seat->state != SEAT_EMPTY || seat_restart(seat);
}

/* *ret_soon: something is left to be tried again. */
static bool care(bool *ret_soon)
{
	*ret_soon = false;
	reap_all();
	for (uint32_t i = 0; i < workers(); i++) {
		struct seat *seat = &supervisor.seats[i];

		if (!seat_care(seat))
			return false;
		*ret_soon |=
			seat->state == SEAT_ENDED ||
			(seat->state == SEAT_EMPTY && command() == POOL_RUN);
	}
	return true;
}

/* ---- the process ---- */

static void own_signals(void)
{
	sigset_t term;

	/* all are blocked; this one ends it, and so the workers */
	(void)signal(SIGTERM, SIG_DFL);
	(void)signal(SIGCHLD, SIG_DFL);
	(void)sigemptyset(&term);
	(void)sigaddset(&term, SIGTERM);
	(void)pthread_sigmask(SIG_UNBLOCK, &term, NULL);
	(void)ipcm_set_stop((struct ipcm_stop){NULL, NULL});
	(void)ipcm_set_interruptible(false);
}

static enum ipcm_status open_seats(struct ipcm_pool *pool)
{
	supervisor.pool = pool;
	supervisor.pid = getpid();
	supervisor.entries = calloc(pool->workers + 1, sizeof(struct pollfd));
	supervisor.seats = calloc(pool->workers, sizeof(struct seat));
	if (!supervisor.seats || !supervisor.entries)
		return IPCM_NOMEM;
	supervisor.count = pool->workers;
	for (uint32_t i = 0; i < pool->workers; i++)
		supervisor.seats[i] = (struct seat){
			.pool = pool, .slot = &pool->shared->slots[i]};
	return IPCM_OK;
}

int supervisor_run(void *argument)
{
	enum ipcm_status status;
	bool soon;

	own_signals();
	status = open_seats(argument);
	if (!status)
		status = start_all();
	if (status) {
		atomic_store(&supervisor.pool->shared->failure,
			     (int32_t)status);
		terminate_all();
		return 1;
	}
	for (;;) {
		if (!care(&soon)) {
			terminate_all();
			return 1;
		}
		if (command() == POOL_TERMINATE) {
			terminate_all();
			return 0;
		}
		if (command() == POOL_FINISH && !seats_busy())
			return 0;
		watch(soon ? clock_deadline(ANNOUNCE_NS) : IPCM_FOREVER);
	}
}
