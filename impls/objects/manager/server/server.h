/* SPDX-License-Identifier: MIT */
/* The server process of a manager. */
#ifndef IPCMARK_IMPLS_OBJECTS_MANAGER_SERVER_H
#define IPCMARK_IMPLS_OBJECTS_MANAGER_SERVER_H

#include "impls/objects/manager/link.h"

/** What it is told. */
struct server_start {
	struct server_address address;
	uint64_t instance;
	/** It writes there, as an int, whether it listens: enum ipcm_status. */
	int report_fd;
};

/** The target of the process; argument: a struct server_start. */
int server_main(void *argument);

#endif
