/* SPDX-License-Identifier: MIT */
/* A snapshot on the client's side. */
#ifndef IPCMARK_IMPLS_OBJECTS_MANAGER_SNAPSHOT_H
#define IPCMARK_IMPLS_OBJECTS_MANAGER_SNAPSHOT_H

#include "ipcmark/shared.h"
#include "proxy.h"

/** proxy_call of an operation whose answer is a snapshot. */
enum ipcm_status snapshot_call(struct ipcm_proxy *proxy, unsigned kinds,
			       const struct proxy_request *request,
			       struct ipcm_snapshot **ret_snapshot);

#endif
