/* SPDX-License-Identifier: MIT */
/* The kinds of objects, each of the file of its name. */
#ifndef IPCMARK_IMPLS_OBJECTS_MANAGER_SHARED_KINDS_H
#define IPCMARK_IMPLS_OBJECTS_MANAGER_SHARED_KINDS_H

#include "shared_object.h"

extern const struct shared_kind shared_dict;
extern const struct shared_kind shared_list;

#endif
