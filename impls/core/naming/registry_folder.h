/* SPDX-License-Identifier: MIT */
/*
 * Where ledgers lie, for the ledger's own files: roots, directories, paths.
 * Read resource_registry.h first.
 */
#ifndef IPCMARK_IMPLS_CORE_NAMING_REGISTRY_FOLDER_H
#define IPCMARK_IMPLS_CORE_NAMING_REGISTRY_FOLDER_H

#include <stdbool.h>
#include <sys/types.h>

#include "resource_registry.h"

#define REGISTRY_ROOTS		 2
#define REGISTRY_DIRECTORY_BYTES 64
#define REGISTRY_PATH_BYTES	 96

/** The path of a uid's directory. */
void registry_directory(const char *root, uint32_t uid,
			char name[REGISTRY_DIRECTORY_BYTES]);
/**
 * Is there a directory of that uid that nobody else lists or writes to? If
 * somebody else made it, do not trust it.
 */
bool registry_is_of(const char *root, uint32_t uid);
bool registry_is_ours(const char *root);

/** The root under which a private directory of ours is now; NULL if none. */
const char *registry_make(void);
/** Let other uids reach files whose key they know and whose mode lets them. */
void registry_let_search(const char *root);
/** Remove our directory if it is empty. */
void registry_drop(const char *root);

/**
 * Where this process finds System V ids and queue names: its IPC namespace. Two
 * that share a directory need not share that (containers for one), and who
 * does not see an object must not take it for gone.
 */
uint64_t resource_ipc_namespace(void);

/** The path of an entry's file. */
void registry_path(const char *root, uint32_t uid, enum resource_kind kind,
		   uint32_t key, char path[REGISTRY_PATH_BYTES]);
/**
 * Kind and key of a file name.
 * @param space resource_ipc_namespace()
 * @return false if it is none of ours, or stands for an object elsewhere
 */
bool registry_file_parse(const char *name, uint64_t space,
			 enum resource_kind *ret_kind, uint32_t *ret_key);
/** Open such a file, never waiting, following or passing it on. */
int registry_file_open(const char *path, int more_flags, mode_t mode);

/** Remove one entry if nobody uses it. Needs one descriptor, no more. */
bool resource_entry_collect(const char *root, enum resource_kind kind,
			    uint32_t key);

#endif
