/* SPDX-License-Identifier: MIT */
/*
 * Where registries lie: roots, directories, paths. For the files of the
 * resource registry only; read resource_registry.h first.
 */
#ifndef IPCMARK_IMPLS_CORE_NAMING_REGISTRY_FOLDER_H
#define IPCMARK_IMPLS_CORE_NAMING_REGISTRY_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "resource_kind.h"

struct resource_entry;

#define REGISTRY_ROOTS		 2
#define REGISTRY_DIRECTORY_BYTES 64
#define REGISTRY_PATH_BYTES	 96
#define REGISTRY_NAME_BYTES	 48

/** The directories that may hold registries and names, in order; NULL ends. */
const char *registry_root(size_t index);

/** The path of a uid's directory. */
void registry_directory(const char *root, uint32_t uid,
			char name[REGISTRY_DIRECTORY_BYTES]);
/**
 * Is there a directory of that uid that only this uid can list and write to? A
 * directory that another uid made is not trusted. False with errno: ENOENT;
 * EACCES; or why it could not be told.
 */
bool registry_is_of(const char *root, uint32_t uid);
bool registry_is_ours(const char *root);

/** Make our directory if need be; returns its root, or NULL on failure. */
const char *registry_make(void);
bool registry_make_under(const char *root);
/** Let other uids open files by key, as far as the mode of a file allows. */
void registry_let_search(const char *root);
/** Remove a uid's directory if it is empty. */
void registry_remove_empty(const char *root, uint32_t uid);

/**
 * The IPC namespace in which this process finds System V ids and queue names.
 * Two processes that share a directory need not share it (containers), and a
 * process that does not see an object must not conclude that it is gone.
 * Without /proc it is 0: all processes share one then. False with errno: it
 * could not be told.
 */
bool resource_ipc_namespace(uint64_t *ret_space);

/** The name of an entry's file; its path. False with errno: it could not be
 * told, because of the IPC namespace. */
bool registry_name(enum resource_kind kind, uint32_t key,
		   char name[REGISTRY_NAME_BYTES]);
bool registry_path(const char *root, uint32_t uid, enum resource_kind kind,
		   uint32_t key, char path[REGISTRY_PATH_BYTES]);
/**
 * Kind and key of a file name.
 * @param space resource_ipc_namespace()
 * @return false if it is no entry, or one of another IPC namespace
 */
bool registry_file_parse(const char *name, uint64_t space,
			 enum resource_kind *ret_kind, uint32_t *ret_key);
/** Open such a file: never waits, never follows a link, close-on-exec.
 * O_NONBLOCK: it may be a FIFO. */
#define REGISTRY_FILE_FLAGS (O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
int registry_file_open(const char *path, int more_flags, mode_t mode);

/**
 * One creator of this uid at a time, so that creators that race for a name do
 * not use up the system's queues. After a time limit a creator goes on anyway.
 * @return for registry_turn_end, which accepts any value
 */
int registry_turn(void);
void registry_turn_end(int turn);

/**
 * Remove one entry and its object if it has no users. Needs one descriptor;
 * another user's (registry_place.h) two.
 */
bool resource_entry_collect(const char *root, uint32_t uid,
			    enum resource_kind kind, uint32_t key);

/**
 * A cleaner (tmpreaper, systemd-logind) may have removed an entry that is in
 * use. Then a new open file of the same file, whose locks are its own, for
 * resource_removed_collect.
 * @return -1: it was not removed, or /proc is not mounted
 */
int resource_removed_open(const struct resource_entry *entry);
/**
 * Remove the object of such an entry, which this process has closed, if the
 * file has no users. Closes the descriptor; -1 is allowed.
 */
void resource_removed_collect(const struct resource_entry *entry, int fd);

#endif
