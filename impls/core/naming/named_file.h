/* SPDX-License-Identifier: MIT */
/*
 * The file of a named object, and its name. The file lies in its creator's
 * resource registry under a random key (resource_registry.h); the name is a
 * second link to it, in the directory above, which all uids can search. The
 * link is made when the file is complete, so no process finds a half-built
 * object, and link(2) succeeds for exactly one of several creators. See
 * named_object.h for opening and sharing.
 *
 * Here: the header at the file's start, which names are legal, and how a name
 * is removed without ever removing the name of another file.
 */
#ifndef IPCMARK_IMPLS_CORE_NAMING_NAMED_FILE_H
#define IPCMARK_IMPLS_CORE_NAMING_NAMED_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "ipcmark/backend.h"
#include "ipcmark/name.h"

#define NAMED_MAGIC   UINT32_C(0x4e4d4350)
#define NAMED_VERSION UINT32_C(2)

/** The kind of a named object. */
enum named_kind { NAMED_QUEUE = 1, NAMED_LOCK, NAMED_SEMAPHORE };

/** Bytes of the attributes that an object passes to its openers. */
#define NAMED_ATTRIBUTE_BYTES 128
/** A back-end's name with its NUL; see ipcm_backend_validate. */
#define NAMED_BACKEND_BYTES 32
/** Longest path of a name, with its NUL. */
#define NAMED_PATH_BYTES 128

/** At the start of the file; fixed once the name is there. */
struct named_header {
	uint32_t magic; /* written last */
	uint32_t version;
	uint32_t kind;
	/* Bytes of the object's shared block; differs in another build. */
	uint32_t layout;
	/* As requested, umask applied; the file's own owner bits are 0600. */
	uint32_t mode;
	uint32_t resource_key;
	/* Of the users; 0: it could not be told. See pid_namespace.h. */
	uint64_t pid_namespace;
	/* Of the mechanism's object; key 0: there is none. */
	struct ipcm_object_key key;
	char backend[NAMED_BACKEND_BYTES];
	char name[IPCM_NAME_MAX + 1];
	_Alignas(8) uint8_t attributes[NAMED_ATTRIBUTE_BYTES];
};

/** Letters, digits, '.', '_', '-'; see ipcmark/name.h (X-NAM-05). */
bool name_is_legal(const char *name);

/** The path of a name under a root such as "/dev/shm". */
void name_path(const char *root, const char *backend, const char *name,
	       char path[NAMED_PATH_BYTES]);

/**
 * Does the path lead to this open file? From a folder on: as in openat(2).
 * IPCM_OK; IPCM_NOTFOUND: elsewhere, or nowhere; else it could not be told,
 * and no process may conclude that the name is gone.
 */
enum ipcm_status name_check_at(int folder, const char *path, int fd);
enum ipcm_status name_check(const char *path, int fd);
/** The same; false also if it could not be told. */
bool name_leads_to_at(int folder, const char *path, int fd);
bool name_leads_to(const char *path, int fd);

/**
 * Remove the path if it leads to this open file.
 * IPCM_OK; IPCM_NOTFOUND (it leads elsewhere, or nowhere); IPCM_PERM;
 * IPCM_LIMIT (another process was stopped while it removed the name); what
 * name_check gives
 */
enum ipcm_status name_remove(const char *path, int fd);

/** Read and check the header. IPCM_INVALID: it is not the file of an object;
 * else it could not be read. */
enum ipcm_status named_header_read(int fd, struct named_header *ret_header);

#endif
