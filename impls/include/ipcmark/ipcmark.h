/* SPDX-License-Identifier: MIT */
/*
 * ipcmark: Python's multiprocessing vocabulary over Linux mechanisms.
 * This header includes the whole public interface; read, in this order,
 * status.h (conventions), queue.h, pipe.h, lock.h. backend.h is for
 * authors of back-ends.
 */
#ifndef IPCMARK_IPCMARK_H
#define IPCMARK_IPCMARK_H

#include "ipcmark/backend.h"
#include "ipcmark/barrier.h"
#include "ipcmark/bytes.h"
#include "ipcmark/condition.h"
#include "ipcmark/event.h"
#include "ipcmark/listener.h"
#include "ipcmark/lock.h"
#include "ipcmark/manager.h"
#include "ipcmark/name.h"
#include "ipcmark/pipe.h"
#include "ipcmark/pool.h"
#include "ipcmark/process.h"
#include "ipcmark/queue.h"
#include "ipcmark/rlock.h"
#include "ipcmark/semaphore.h"
#include "ipcmark/simple_queue.h"
#include "ipcmark/shared.h"
#include "ipcmark/shared_sync.h"
#include "ipcmark/status.h"
#include "ipcmark/value.h"
#include "ipcmark/version.h"
#include "ipcmark/wait.h"

#endif
