/* SPDX-License-Identifier: MIT */
/*
 * Manager: its life. The server process makes the listener itself, so that no
 * other process that forks meanwhile keeps a copy of that; it reports whether
 * it listens over a pipe.
 */
#include "manager_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <unistd.h>

#include "impls/core/errno_status.h"
#include "impls/core/naming/named_file.h"
#include "impls/core/sync/clock.h"
#include "impls/core/sync/interrupt.h"
#include "impls/objects/connection/listener_handshake.h"
#include "impls/objects/manager/client/request.h"
#include "impls/objects/manager/server/server.h"

/* How long the server may take to end after SIGTERM. */
#define SHUTDOWN_NS	 NS_PER_S
#define RANDOM_KEY_BYTES 32

static enum ipcm_status manager_check(const struct ipcm_manager *manager)
{
	return handle_check(manager, MANAGER_MAGIC);
}

static enum manager_state state_of(const struct ipcm_manager *manager)
{
	return atomic_load(&manager->state);
}

/* One thread does the step. */
static bool state_step(struct ipcm_manager *manager, enum manager_state from,
		       enum manager_state to)
{
	return atomic_compare_exchange_strong(&manager->state, &from, to);
}

/* ---- create ---- */

static bool options_are_valid(const struct ipcm_manager_options *options)
{
	if (options->request_timeout_ns <= 0)
		return false;
	if (!options->address)
		return !options->key && !options->key_bytes;
	return name_is_legal(options->address) && options->key &&
	       options->key_bytes && options->key_bytes <= IPCM_KEY_MAX_BYTES;
}

static void address_private(struct server_address *address)
{
	uint64_t random;

	randombytes_buf(&random, sizeof(random));
	(void)snprintf(address->name, sizeof(address->name),
		       "manager.%ld.%016llx", (long)getpid(),
		       (unsigned long long)random);
	address->key_bytes = RANDOM_KEY_BYTES;
	randombytes_buf(address->key, address->key_bytes);
}

static void address_given(struct server_address *address, const char *name,
			  const void *key, size_t key_bytes)
{
	(void)snprintf(address->name, sizeof(address->name), "%s", name);
	address->key_bytes = key_bytes;
	memcpy(address->key, key, key_bytes);
}

static enum ipcm_status manager_new(const struct ipcm_backend *backend,
				    const struct ipcm_manager_options *options,
				    struct ipcm_manager **ret_manager)
{
	struct ipcm_manager *manager = calloc(1, sizeof(*manager));

	if (!manager)
		return IPCM_NOMEM;
	manager->pool = link_pool_new();
	if (!manager->pool) {
		free(manager);
		return IPCM_NOMEM;
	}
	manager->owner = getpid();
	manager->pool->request_timeout_ns = options->request_timeout_ns;
	manager->pool->address.backend = backend;
	if (options->address)
		address_given(&manager->pool->address, options->address,
			      options->key, options->key_bytes);
	else
		address_private(&manager->pool->address);
	handle_open(&manager->handle, MANAGER_MAGIC);
	*ret_manager = manager;
	return IPCM_OK;
}

static enum ipcm_status backend_check(const struct ipcm_backend *backend)
{
	if (ipcm_backend_validate(backend, NULL, 0))
		return IPCM_INVALID;
	return handshake_possible(backend) ? IPCM_OK : IPCM_NOTSUP;
}

enum ipcm_status ipcm_manager_create(const struct ipcm_backend *backend,
				     const struct ipcm_manager_options *options,
				     struct ipcm_manager **ret_manager)
{
	static const struct ipcm_manager_options defaults =
		IPCM_MANAGER_OPTIONS_INIT;
	enum ipcm_status status;

	if (!options)
		options = &defaults;
	if (!ret_manager || !options_are_valid(options))
		return IPCM_INVALID;
	status = backend_check(backend);
	return status ? status : manager_new(backend, options, ret_manager);
}

/* ---- start ---- */

/* What the server has to say. IPCM_BROKEN: it died before. */
static enum ipcm_status report_await(struct ipcm_process *process, int fd)
{
	struct pollfd set[2] = {{.fd = fd, .events = POLLIN},
				{.fd = -1, .events = POLLIN}};
	int report = IPCM_BROKEN;
	ssize_t got;

	if (ipcm_process_sentinel(process, &set[1].fd))
		set[1].fd = -1;
	do {
		while (poll(set, 2, -1) < 0 && errno == EINTR)
			;
		/* it may have said it, and then died */
		got = read(fd, &report, sizeof(report));
	} while (got < 0 && (errno == EINTR || errno == EAGAIN));
	if (got != sizeof(report))
		return IPCM_BROKEN;
	return (enum ipcm_status)report;
}

static enum ipcm_status process_start(struct ipcm_manager *manager,
				      struct server_start *start)
{
	struct ipcm_process *process;
	enum ipcm_status status =
		ipcm_process_create(server_main, start, "Manager", &process);

	if (status)
		return status;
	status = ipcm_process_set_daemon(process, true);
	if (!status)
		status = ipcm_process_start(process);
	if (status) {
		ipcm_process_free(process);
		return status;
	}
	manager->process = process;
	return ipcm_process_pid(process, &manager->server_pid);
}

/* The kernel ends it; the program may have reaped it. */
static void process_await(struct ipcm_process *process)
{
	enum ipcm_status status = ipcm_process_join(process, IPCM_FOREVER);

	(void)status;
}

/* The server did not come to listen. */
static void process_forget(struct ipcm_manager *manager)
{
	if (ipcm_process_kill(manager->process) == IPCM_OK)
		process_await(manager->process);
	ipcm_process_free(manager->process);
	manager->process = NULL;
	manager->server_pid = 0;
}

static enum ipcm_status server_launch(struct ipcm_manager *manager)
{
	struct server_start start = {.address = manager->pool->address};
	enum ipcm_status status;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
		return status_from_errno(errno);
	do {
		randombytes_buf(&start.instance, sizeof(start.instance));
	} while (!start.instance);
	start.report_fd = ends[1];
	status = process_start(manager, &start);
	(void)close(ends[1]);
	if (!status) {
		bool before = interrupt_defer(true);

		status = report_await(manager->process, ends[0]);
		if (status)
			process_forget(manager);
		(void)interrupt_defer(before);
	}
	(void)close(ends[0]);
	manager->pool->instance = start.instance;
	sodium_memzero(&start, sizeof(start));
	return status;
}

enum ipcm_status ipcm_manager_start(struct ipcm_manager *manager)
{
	enum ipcm_status status = manager_check(manager);

	if (status)
		return status;
	if (manager->owner != getpid() ||
	    !state_step(manager, MANAGER_CREATED, MANAGER_STARTING))
		return IPCM_INVALID;
	status = server_launch(manager);
	if (!status)
		atomic_store_explicit(&manager->pool->open, true,
				      memory_order_release);
	atomic_store(&manager->state,
		     status ? MANAGER_CREATED : MANAGER_RUNNING);
	return status;
}

/* ---- connect ---- */

/* Ask the server who it is; so the connection is known to work. */
static enum ipcm_status introduce(struct ipcm_manager *manager)
{
	struct link_pool *pool = manager->pool;
	const struct proxy_request request = {.op = OP_PID};
	struct proxy_answer answer = {.buffer = &pool->instance,
				      .capacity = sizeof(pool->instance)};
	enum ipcm_status status = request_call(pool, 0, &request, &answer);

	manager->server_pid = (pid_t)answer.number;
	return status;
}

enum ipcm_status ipcm_manager_connect(const struct ipcm_backend *backend,
				      const char *address, const void *key,
				      size_t key_bytes, int64_t timeout_ns,
				      struct ipcm_manager **ret_manager)
{
	struct ipcm_manager_options options = {address, key, key_bytes,
					       IPCM_FOREVER};
	struct ipcm_manager *manager;
	enum ipcm_status status;
	struct link *link;

	if (!ret_manager || !address || !options_are_valid(&options))
		return IPCM_INVALID;
	status = backend_check(backend);
	if (!status)
		status = manager_new(backend, &options, &manager);
	if (status)
		return status;
	atomic_store(&manager->state, MANAGER_CLIENT);
	atomic_store(&manager->pool->open, true);
	/* NOTFOUND, and not BROKEN: there was no server yet */
	status = link_take(manager->pool, timeout_ns, &link);
	if (status == IPCM_BROKEN)
		status = IPCM_NOTFOUND;
	if (!status) {
		link_give(manager->pool, link);
		if (timeout_ns > 0)
			manager->pool->request_timeout_ns = timeout_ns;
		status = introduce(manager);
		manager->pool->request_timeout_ns = IPCM_FOREVER;
	}
	if (status) {
		ipcm_manager_free(manager);
		return status == IPCM_BROKEN ? IPCM_NOTFOUND : status;
	}
	*ret_manager = manager;
	return IPCM_OK;
}

/* ---- the end ---- */

static void server_end(struct ipcm_manager *manager)
{
	bool before = interrupt_defer(true);

	link_pool_close(manager->pool);
	/* a signal may be refused, if this process has changed its user; then
	 * the end must not be waited for */
	if ((ipcm_process_terminate(manager->process) ||
	     ipcm_process_join(manager->process, SHUTDOWN_NS)) &&
	    !ipcm_process_kill(manager->process))
		process_await(manager->process);
	(void)interrupt_defer(before);
}

enum ipcm_status ipcm_manager_shutdown(struct ipcm_manager *manager)
{
	enum ipcm_status status = manager_check(manager);

	if (status)
		return status;
	if (manager->owner != getpid())
		return IPCM_INVALID;
	if (state_step(manager, MANAGER_RUNNING, MANAGER_SHUT)) {
		server_end(manager);
		return IPCM_OK;
	}
	return state_of(manager) == MANAGER_SHUT ? IPCM_OK : IPCM_INVALID;
}

void ipcm_manager_free(struct ipcm_manager *manager)
{
	if (!handle_is(manager, MANAGER_MAGIC))
		return;
	(void)ipcm_manager_shutdown(manager);
	handle_invalidate(&manager->handle);
	ipcm_process_free(manager->process);
	link_pool_close(manager->pool);
	link_pool_drop(manager->pool);
	free(manager);
}

/* ---- what it is ---- */

enum ipcm_status ipcm_manager_address(const struct ipcm_manager *manager,
				      const char **ret_address)
{
	enum ipcm_status status =
		handle_check_result(manager, MANAGER_MAGIC, ret_address);

	if (!status)
		*ret_address = manager->pool->address.name;
	return status;
}

enum ipcm_status ipcm_manager_pid(const struct ipcm_manager *manager,
				  pid_t *ret_pid)
{
	enum ipcm_status status =
		handle_check_result(manager, MANAGER_MAGIC, ret_pid);

	if (!status)
		*ret_pid = manager->server_pid;
	return status;
}

enum ipcm_status ipcm_manager_remove(struct ipcm_manager *manager,
				     const char *name)
{
	enum ipcm_status status =
		handle_check_result(manager, MANAGER_MAGIC, name);
	struct proxy_answer answer = {.number = 0};
	struct proxy_argument argument;
	const struct proxy_request request = {
		.op = OP_REMOVE, .arguments = &argument, .count = 1};

	if (status)
		return status;
	argument = ARGUMENT_BYTES(name, strlen(name));
	return request_call(manager->pool, 0, &request, &answer);
}
