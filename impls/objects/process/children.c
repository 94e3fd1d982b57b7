/* SPDX-License-Identifier: MIT */
/*
 * The children of this process: their list, and what happens to them at fork
 * and at exit. What is done with one of them is in child.c.
 */
#include "process_internal.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "impls/core/sync/clock.h"
#include "impls/core/sync/interrupt.h"

/* How long daemons may take to end after SIGTERM. */
#define DAEMON_GRACE_NS NS_PER_S

static pthread_once_t hooks = PTHREAD_ONCE_INIT;

void children_lock(void)
{
	(void)pthread_mutex_lock(&family.mutex);
}

void children_unlock(void)
{
	(void)pthread_mutex_unlock(&family.mutex);
}

static void close_parent_sides(struct ipcm_process *process)
{
	close_fd(&process->sentinel);
	close_fd(&process->life);
}

static void close_all(struct ipcm_process *process)
{
	close_parent_sides(process);
	close_fd(&process->sentinel_child);
	close_fd(&process->life_child);
}

/* ---- the list ---- */

/* Is it what this thread forks? Two threads may do so at the same time. */
static bool is_starting(const struct ipcm_process *process)
{
	return process->state == PROCESS_STARTING &&
	       process->starter == this_thread();
}

/*
 * In every child, of whatever fork(): its parent's children are not its own.
 * While it held their parent's side of a pipe, they would not see the parent's
 * end; with another child's side of a sentinel, the parent not that one's.
 */
static void in_child(void)
{
	struct ipcm_process *at = family.children, *next;

	family.children = NULL;
	family_leave();
	for (; at; at = next) {
		next = at->next;
		if (is_starting(at)) {
			close_parent_sides(at);
			family_enter(at);
		} else {
			close_all(at);
		}
		if (at->users)
			at->users = 0;
		if (at->freed)
			family_give(at);
	}
	children_unlock();
}

static void install_hooks(void)
{
	(void)pthread_atfork(children_lock, children_unlock, in_child);
	(void)atexit(children_end);
}

void children_watch(void)
{
	(void)pthread_once(&hooks, install_hooks);
}

struct ipcm_process *children_first(void)
{
	return family.children;
}

void children_add(struct ipcm_process *process)
{
	struct ipcm_process **at = &family.children;

	while (*at)
		at = &(*at)->next;
	process->next = NULL;
	*at = process;
}

void children_remove(struct ipcm_process *process)
{
	for (struct ipcm_process **at = &family.children; *at;
	     at = &(*at)->next) {
		if (*at == process) {
			*at = process->next;
			break;
		}
	}
	close_all(process);
}

void children_sweep(void)
{
	struct ipcm_process *next;

	for (struct ipcm_process *at = family.children; at; at = next) {
		next = at->next;
		if (!at->freed)
			continue;
		process_look(at);
		process_settle(at);
	}
}

/* ---- at exit ---- */

static void terminate_daemons(void)
{
	children_lock();
	for (struct ipcm_process *at = family.children; at; at = at->next)
		if (at->daemon && at->state == PROCESS_RUNNING)
			(void)process_signal(at, SIGTERM);
	children_unlock();
}

/* One that runs, for child_done; NULL: there is none. */
static struct ipcm_process *child_running(bool daemon)
{
	struct ipcm_process *at;

	children_lock();
	for (at = family.children; at; at = at->next)
		if (at->daemon == daemon && at->state == PROCESS_RUNNING)
			break;
	if (at)
		at->users++;
	children_unlock();
	return at;
}

static void child_done(struct ipcm_process *process)
{
	children_lock();
	process->users--;
	process_settle(process);
	children_unlock();
}

/* A stopped daemon does not get SIGTERM, another may ignore it. */
static void daemon_end(struct ipcm_process *process, int64_t deadline_ns)
{
	if (!process_wait(process, deadline_ns))
		return;
	children_lock();
	(void)process_signal(process, SIGKILL);
	children_unlock();
	(void)process_wait(process, IPCM_FOREVER);
}

static bool any_children(void)
{
	bool any;

	children_lock();
	any = family.children;
	children_unlock();
	return any;
}

void children_end(void)
{
	struct ipcm_process *at;
	int64_t deadline;
	bool deferred;

	if (!any_children())
		return;
	deferred = interrupt_defer(true);
	terminate_daemons();
	while ((at = child_running(false))) {
		(void)process_wait(at, IPCM_FOREVER);
		child_done(at);
	}
	deadline = clock_deadline(DAEMON_GRACE_NS);
	while ((at = child_running(true))) {
		daemon_end(at, deadline);
		child_done(at);
	}
	(void)interrupt_defer(deferred);
}
