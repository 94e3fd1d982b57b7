/* SPDX-License-Identifier: MIT */
/* The kinds of objects, each of the file of its name. */
#ifndef IPCMARK_IMPLS_OBJECTS_MANAGER_SHARED_KINDS_H
#define IPCMARK_IMPLS_OBJECTS_MANAGER_SHARED_KINDS_H

#include "impls/objects/manager/server/shared_object.h"

extern const struct shared_kind shared_dict;
extern const struct shared_kind shared_list;
extern const struct shared_kind shared_queue;
extern const struct shared_kind shared_lock;
extern const struct shared_kind shared_rlock;
extern const struct shared_kind shared_semaphore;
extern const struct shared_kind shared_bounded_semaphore;
extern const struct shared_kind shared_event;
extern const struct shared_kind shared_condition;
extern const struct shared_kind shared_barrier;
extern const struct shared_kind shared_value;

#endif
