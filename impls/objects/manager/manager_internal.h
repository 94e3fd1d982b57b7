/* SPDX-License-Identifier: MIT */
/*
 * The handles of a manager and of its objects: private to the process, copied
 * by fork().
 */
#ifndef IPCMARK_IMPLS_OBJECTS_MANAGER_MANAGER_INTERNAL_H
#define IPCMARK_IMPLS_OBJECTS_MANAGER_MANAGER_INTERNAL_H

#include "impls/objects/handle.h"
#include "ipcmark/manager.h"
#include "ipcmark/process.h"
#include "link.h"
#include "manager_protocol.h"

#define MANAGER_MAGIC UINT32_C(0x4d616e67)
#define PROXY_MAGIC   UINT32_C(0x50727879)

enum manager_state {
	MANAGER_CREATED,
	/** A thread is in start. */
	MANAGER_STARTING,
	MANAGER_RUNNING,
	/** A thread is in shutdown, or that is done. */
	MANAGER_SHUT,
	/** Connected to another process's manager. */
	MANAGER_CLIENT
};

struct ipcm_manager {
	struct handle handle;
	struct link_pool *pool;
	_Atomic enum manager_state state;
	/** The process that created it. */
	pid_t owner;
	/** The server. */
	struct ipcm_process *process;
	pid_t server_pid;
};

struct ipcm_proxy {
	struct handle handle;
	enum shared_kind_id kind;
	struct link_pool *pool;
	uint64_t id;
	char name[IPCM_NAME_MAX + 1];
};

#endif
