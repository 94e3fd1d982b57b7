/* SPDX-License-Identifier: MIT */
/*
 * Manager: a server process that holds objects (dict, list ...) for any number
 * of processes.
 *
 *     ipcm_manager_create(backend, NULL, &manager);
 *     ipcm_manager_start(manager);
 *     ipcm_manager_dict(manager, "totals", &totals);
 *     ... fork(); parent and children:
 *     ipcm_dict_set(totals, "x", 1, &value, sizeof(value));
 *
 * Every call on an object (shared.h) is one request to the server and one
 * reply, over a connection of the back-end. The server does one at a time, so
 * each is atomic (M-02); two calls, a get and then a set, are not, and need a
 * lock. Values are bytes, which are copied both ways: changing a copy changes
 * nothing that is shared (M-06).
 *
 * Objects live until ipcm_manager_remove, or the end of the server. Each has a
 * name: the caller's, or one that the server picks. Opening a name that exists
 * gives the same object, so a name that is stored in a dict, say, leads to a
 * live object: that is how shared objects nest (M-06).
 *
 * Processes: create, start, then fork(). A child uses the handles it inherited,
 * over connections of its own. Unrelated processes use ipcm_manager_connect.
 * Threads may share all handles; a call that waits takes a connection for as
 * long.
 *
 * Death: a client that dies, in the middle of a request too, or is stopped,
 * delays no other one (M-08). A process is taken for dead when its last
 * connection is closed, so also when it frees its last handle. If the server
 * dies, pending and later calls return IPCM_BROKEN (M-09). The server is a
 * daemon of the process that started it, and ends with it, even by SIGKILL. It
 * ignores SIGINT (M-07); SIGTERM ends it. It holds no descriptor of the program
 * but standard error. Like all daemons it cannot be started by a daemon.
 *
 * Limits: values of IPCM_SHARED_MAX_BYTES (shared.h), and the memory of the
 * server. An operation on a whole object, as a sort, keeps the others waiting
 * for as long as it takes.
 *
 * Back-ends with IPCM_CAP_LISTENER.
 */
#ifndef IPCMARK_MANAGER_H
#define IPCMARK_MANAGER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "ipcmark/backend.h"
#include "ipcmark/listener.h"
#include "ipcmark/name.h"
#include "ipcmark/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A manager's handle. Opaque; made by ipcm_manager_create or _connect. */
struct ipcm_manager;

/** An object of a manager. Opaque; made by ipcm_manager_dict and its like. */
struct ipcm_proxy;

/** How a manager is made. Start from IPCM_MANAGER_OPTIONS_INIT. */
struct ipcm_manager_options {
	/**
	 * Where unrelated processes find it: a name as in name.h. NULL: a
	 * private one with a random key, for this process and its children.
	 */
	const char *address;
	/** 1 .. IPCM_KEY_MAX_BYTES bytes if there is an address, else none. */
	const void *key;
	size_t key_bytes;
	/**
	 * How long a call that has no time limit of its own waits for the
	 * server. After it, IPCM_TIMEDOUT: the server may have done the request
	 * or not, or do it later.
	 */
	int64_t request_timeout_ns;
};

/** Defaults: private, requests wait without limit. */
#define IPCM_MANAGER_OPTIONS_INIT                                              \
	{                                                                      \
		NULL, NULL, 0, IPCM_FOREVER                                    \
	}

/**
 * Make a manager; its server does not run yet.
 * @param options NULL for the defaults; copied
 * @param ret_manager receives the handle; the caller owns it:
 *        ipcm_manager_free
 * @return IPCM_OK; IPCM_INVALID (address without key, key without address, key
 *         too long, a bad name, a time limit that is not positive);
 *         IPCM_NOTSUP; IPCM_NOMEM
 * Never blocks. Source: M-01.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_manager_create(
	const struct ipcm_backend *backend,
	const struct ipcm_manager_options *options,
	struct ipcm_manager **ret_manager);

/**
 * Start the server: a daemon process (process.h).
 * @return IPCM_OK: it runs and can be connected to; IPCM_INVALID (started
 *         already, also if it was shut down; not the process that created the
 *         handle; the caller is a daemon; connected by ipcm_manager_connect);
 *         IPCM_EXISTS (the address is in use); IPCM_LIMIT (too many processes
 *         or descriptors), IPCM_NOMEM; IPCM_BROKEN (the server died at once);
 *         IPCM_CLOSED.
 *         After a failure nothing is left, and it may be started again.
 * Forks, and waits for the child to say that it listens. Source: M-01, M-10.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_manager_start(
	struct ipcm_manager *manager);

/**
 * Connect to the manager of an unrelated process.
 * @param timeout_ns how long to wait for the server
 * @param ret_manager receives a handle with which objects are opened; the
 *        caller owns it: ipcm_manager_free
 * @return IPCM_OK; IPCM_NOTFOUND (no manager there); IPCM_AUTH (wrong key, on
 *         either side); IPCM_PERM (another user's); IPCM_INVALID;
 * IPCM_TIMEDOUT, IPCM_WOULDBLOCK; IPCM_INTR; IPCM_LIMIT; IPCM_NOMEM;
 * IPCM_NOTSUP Blocks. Source: M-10.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_manager_connect(
	const struct ipcm_backend *backend, const char *address,
	const void *key, size_t key_bytes, int64_t timeout_ns,
	struct ipcm_manager **ret_manager);

/**
 * End the server; all its objects are gone. It may be called again. Pending
 * calls return IPCM_BROKEN or IPCM_CLOSED; later ones, with handles of this
 * process, IPCM_CLOSED.
 * @return IPCM_OK; IPCM_INVALID (not started; not the process that started it)
 * Waits until the server process is gone; one that does not end within a second
 * is killed. Source: M-01.
 */
IPCM_API enum ipcm_status ipcm_manager_shutdown(struct ipcm_manager *manager);

/** Where it can be found, the name that was made if none was given; the text
 * belongs to the handle. IPCM_OK, IPCM_INVALID, IPCM_CLOSED. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_manager_address(
	const struct ipcm_manager *manager, const char **ret_address);

/** The process id of the server; 0 before start. IPCM_OK, IPCM_INVALID,
 * IPCM_CLOSED. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_manager_pid(
	const struct ipcm_manager *manager, pid_t *ret_pid);

/**
 * Remove an object. Calls that wait for it, and later ones with proxies of it,
 * return IPCM_REMOVED; its name is free.
 * @return IPCM_OK; IPCM_NOTFOUND; the codes of requests (shared.h)
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_manager_remove(
	struct ipcm_manager *manager, const char *name);

/** Shut down, if this process started it, and free the handle. Proxies stay,
 * and return IPCM_CLOSED. NULL is allowed. */
IPCM_API void ipcm_manager_free(struct ipcm_manager *manager);

/**
 * Open a dict, or a list, of a manager that runs; made if it does not exist.
 * @param name as in name.h, or one that ipcm_proxy_name has told; NULL: a new
 *        object, whose name the server picks
 * @param ret_proxy receives the handle; the caller owns it: ipcm_proxy_free.
 *        The object outlives it.
 * @return IPCM_OK; IPCM_INVALID (not started; a bad name); IPCM_EXISTS (an
 *         object of another kind has the name); IPCM_NOTFOUND (a name that a
 *         server picked, and there is no such object); the codes of requests
 *         (shared.h)
 * One request. Source: M-01, M-03, M-04, M-06.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_manager_dict(
	struct ipcm_manager *manager, const char *name,
	struct ipcm_proxy **ret_proxy);
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_manager_list(
	struct ipcm_manager *manager, const char *name,
	struct ipcm_proxy **ret_proxy);

/** The name of the object; the text belongs to the handle. IPCM_OK,
 * IPCM_INVALID. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_proxy_name(
	const struct ipcm_proxy *proxy, const char **ret_name);

/** Free the handle; the object stays. NULL is allowed. */
IPCM_API void ipcm_proxy_free(struct ipcm_proxy *proxy);

#ifdef __cplusplus
}
#endif

#endif
