/* SPDX-License-Identifier: MIT */
/* The kinds of objects that a resource registry holds. */
#ifndef IPCMARK_IMPLS_CORE_NAMING_RESOURCE_KIND_H
#define IPCMARK_IMPLS_CORE_NAMING_RESOURCE_KIND_H

/** The kind of object of an entry; the prefix of its file name. */
enum resource_kind {
	RESOURCE_MSG, /**< System V message queue, by key */
	RESOURCE_SEM, /**< System V semaphore set, by key */
	RESOURCE_MQ,  /**< POSIX message queue, by name; see resource_mq_name */
	RESOURCE_FIFO,	 /**< the entry's file is a FIFO */
	RESOURCE_MEMORY, /**< the entry's file is memory */
	RESOURCE_OBJECT, /**< the same, and may have a name: named_file.h */
	RESOURCE_KIND_COUNT
};

#endif
