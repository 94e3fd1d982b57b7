/* SPDX-License-Identifier: MIT */
/*
 * The file of a named object, and its name. The file lies in its creator's
 * ledger under a random key (resource_registry.h); the name is a second link to
 * it, in the directory above, which all uids search. The link is made when the
 * file is complete, so nobody finds a half-built object, and link(2) lets
 * exactly one of several creators win. See named_object.h for opening and
 * sharing.
 *
 * Here: what stands at the file's start, which names are legal, and how a name
 * is taken away without ever hitting somebody else's.
 */
#ifndef IPCMARK_IMPLS_CORE_NAMING_NAMED_FILE_H
#define IPCMARK_IMPLS_CORE_NAMING_NAMED_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "ipcmark/backend.h"
#include "ipcmark/name.h"

#define NAMED_MAGIC   UINT32_C(0x4e4d4350)
#define NAMED_VERSION UINT32_C(1)

/** What kind of object bears the name. */
enum named_kind { NAMED_QUEUE = 1, NAMED_LOCK, NAMED_SEMAPHORE };

/** Room for what an object has to tell those who open it. */
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
	/* Bytes of the object's shared block: tells another build's. */
	uint32_t layout;
	/* As asked for, umask applied; the file's own owner bits are 0600. */
	uint32_t mode;
	uint32_t resource_key;
	/* The mechanism's object; key 0: there is none. */
	struct ipcm_object_key key;
	char backend[NAMED_BACKEND_BYTES];
	char name[IPCM_NAME_MAX + 1];
	_Alignas(8) uint8_t attributes[NAMED_ATTRIBUTE_BYTES];
};

/** Letters, digits, '.', '_', '-'; see ipcmark/name.h (X-NAM-05). */
bool name_is_legal(const char *name);

/** Where a name lies under a root, "/dev/shm" for one. */
void name_path(const char *root, const char *backend, const char *name,
	       char path[NAMED_PATH_BYTES]);

/** Does the path lead to this open file? */
bool name_leads_to(const char *path, int fd);

/**
 * Remove the path if it leads to this open file.
 * IPCM_OK; IPCM_NOTFOUND (it leads elsewhere, or nowhere); IPCM_PERM;
 * IPCM_LIMIT (somebody who is doing just this was stopped in the middle)
 */
enum ipcm_status name_take_away(const char *path, int fd);

/** Read and check the header; false: this is no object's file. */
bool named_header_read(int fd, struct named_header *ret_header);

#endif
