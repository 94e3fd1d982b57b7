/* SPDX-License-Identifier: MIT */
/*
 * Faults that wrap names, permissions and limits; see queue.c.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "conformance/harness/check.h"
#include "mutants_internal.h"

/* How an opening call is changed by the faults that all kinds share. */
struct opening {
	struct ipcm_access access;
	char name[IPCM_NAME_MAX + 20];
	mode_t mask;
};

static bool is_strange(const char *name)
{
	return !name || !*name || strlen(name) > IPCM_NAME_MAX ||
	       strchr(name, '/') || *name == '.';
}

/* @return what stands for access; *name is replaced if need be */
static const struct ipcm_access *open_changed(struct opening *opening,
					      const struct ipcm_access *access,
					      const char **name)
{
	opening->mask = umask(0);
	(void)umask(opening->mask);
	if (inject_is(INJECT_NAME_UNCHECKED) && is_strange(*name))
		*name = "anything";
	if (inject_is(INJECT_NAME_PRIVATE) && !is_strange(*name)) {
		(void)snprintf(opening->name, sizeof(opening->name), "p%s",
			       *name);
		*name = opening->name;
	}
	if (!access)
		return NULL;
	opening->access = *access;
	if (inject_is(INJECT_EXCLUSIVE_IGNORED))
		opening->access.flags &= ~(unsigned)IPCM_ACCESS_EXCLUSIVE;
	if (inject_is(INJECT_DIRECTION_IGNORED))
		opening->access.flags &= ~(unsigned)(IPCM_ACCESS_GET_ONLY |
						     IPCM_ACCESS_PUT_ONLY);
	if (inject_is(INJECT_MODE_IGNORED)) {
		opening->access.mode = 0666;
		(void)umask(0);
	}
	return &opening->access;
}

static void open_done(const struct opening *opening)
{
	(void)umask(opening->mask);
}

WRAP(enum ipcm_status, ipcm_queue_open, const struct ipcm_backend *backend,
     const char *name, const struct ipcm_access *access,
     const struct ipcm_queue_options *options, struct ipcm_queue **ret_queue)
{
	struct opening opening;
	enum ipcm_status status;

	access = open_changed(&opening, access, &name);
	status = __real_ipcm_queue_open(backend, name, access, options,
					ret_queue);
	if (status == IPCM_INVALID && options && access &&
	    inject_strikes(INJECT_OPTION_CONFLICT_IGNORED))
		status = __real_ipcm_queue_open(backend, name, access, NULL,
						ret_queue);
	open_done(&opening);
	return status;
}

WRAP(enum ipcm_status, ipcm_lock_open, const struct ipcm_backend *backend,
     const char *name, const struct ipcm_access *access,
     struct ipcm_lock **ret_lock)
{
	struct opening opening;
	enum ipcm_status status;

	access = open_changed(&opening, access, &name);
	status = __real_ipcm_lock_open(backend, name, access, ret_lock);
	open_done(&opening);
	return status;
}

enum ipcm_status __real_ipcm_semaphore_release(
	struct ipcm_semaphore *semaphore);

enum ipcm_status __real_ipcm_semaphore_open(
	const struct ipcm_backend *backend, const char *name,
	const struct ipcm_access *access,
	const struct ipcm_semaphore_options *options,
	struct ipcm_semaphore **ret_semaphore);

/* The name exists before the permits do. */
static enum ipcm_status half_built(const struct ipcm_backend *backend,
				   const char *name,
				   const struct ipcm_access *access,
				   const struct ipcm_semaphore_options *options,
				   struct ipcm_semaphore **ret_semaphore)
{
	struct ipcm_semaphore_options none = {0, options ? options->flags : 0};
	int64_t wanted = options ? options->initial : 1;
	enum ipcm_status status = __real_ipcm_semaphore_open(
		backend, name, access, &none, ret_semaphore);

	if (status)
		return status;
	pause_ns(2 * MS);
	for (int64_t i = 0; i < wanted && i < 100; i++)
		any_status(__real_ipcm_semaphore_release(*ret_semaphore));
	return IPCM_OK;
}

WRAP(enum ipcm_status, ipcm_semaphore_open, const struct ipcm_backend *backend,
     const char *name, const struct ipcm_access *access,
     const struct ipcm_semaphore_options *options,
     struct ipcm_semaphore **ret_semaphore)
{
	struct opening opening;
	enum ipcm_status status;

	access = open_changed(&opening, access, &name);
	if (access && access->flags & IPCM_ACCESS_EXCLUSIVE &&
	    inject_strikes(INJECT_NAME_BEFORE_READY))
		status = half_built(backend, name, access, options,
				    ret_semaphore);
	else
		status = __real_ipcm_semaphore_open(backend, name, access,
						    options, ret_semaphore);
	open_done(&opening);
	return status;
}

WRAP(enum ipcm_status, ipcm_unlink, const struct ipcm_backend *backend,
     const char *name)
{
	struct opening opening;
	enum ipcm_status status;

	(void)open_changed(&opening, NULL, &name);
	if (inject_strikes(INJECT_UNLINK_IGNORED))
		return IPCM_OK;
	status = __real_ipcm_unlink(backend, name);
	/* from now on the processes of the cell get REMOVED */
	if (status == IPCM_OK && inject_is(INJECT_UNLINK_DESTROYS))
		atomic_store(&inject_shared->removed, 1);
	return status;
}

WRAP(enum ipcm_status, ipcm_set_owner, uid_t uid, gid_t gid)
{
	if (inject_strikes(INJECT_OWNER_IGNORED))
		return IPCM_OK;
	return __real_ipcm_set_owner(uid, gid);
}

WRAP(enum ipcm_status, ipcm_backend_limits, const struct ipcm_backend *backend,
     struct ipcm_limits *ret_limits)
{
	enum ipcm_status status =
		__real_ipcm_backend_limits(backend, ret_limits);

	if (status)
		return status;
	if (inject_strikes(INJECT_QUEUE_LIMIT_OVERSTATED))
		ret_limits->queues = 2 * ret_limits->queues + 5;
	if (inject_strikes(INJECT_PERMIT_LIMIT_OVERSTATED))
		ret_limits->semaphore_value++;
	return IPCM_OK;
}
