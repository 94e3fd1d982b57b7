/* SPDX-License-Identifier: MIT */
/*
 * Resource registry: some kernel objects outlive their users: System V ids,
 * message queue names, files. Before such an object is made, an entry is made
 * for its key: a file in a private directory. Every user holds a shared lock on
 * that file (file_lock.h), which the kernel drops with the user's last
 * descriptor, SIGKILL included. A process that gets the lock exclusively knows
 * that the object has no users, and removes it.
 *
 * Unrelated processes, of other uids too, attach to an entry by the creator's
 * uid and the key, if its mode allows it. Only the creator's uid removes.
 *
 * With an owner (ipcm_set_owner) an entry and its object are made as if there
 * were none, given away, and then the entry is moved to the owner's directory:
 * at each moment one of the two users finds and may remove both.
 */
#ifndef IPCMARK_IMPLS_CORE_NAMING_RESOURCE_REGISTRY_H
#define IPCMARK_IMPLS_CORE_NAMING_RESOURCE_REGISTRY_H

#include <stddef.h>
#include <stdint.h>

#include "ipcmark/backend.h"
#include "object_owner.h"
#include "resource_kind.h"

/**
 * A process's use of an entry. Private to the process; fork() shares the lock.
 * A zeroed one is no entry.
 */
struct resource_entry {
	enum resource_kind kind;
	uint32_t key; /* never 0 */
	int fd;	      /* open for reading and writing; -1 when closed */
	uint32_t uid; /* of the creator or owner, whose registry it is in */
};

/** Longest name that resource_mq_name writes, with its NUL. */
#define RESOURCE_MQ_NAME_BYTES 24

/**
 * Make an entry with a new random key; the caller then makes the object.
 * @param mode who may attach: as for open(2), umask applied, 0600 added
 */
enum ipcm_status resource_open(enum resource_kind kind, uint32_t mode,
			       struct resource_entry *ret_entry);

/**
 * Give a new entry to another user: its file belongs to that user and lies in
 * that user's directory. Its object has been given away before. On failure the
 * entry still lies in ours.
 * @param name of the file from now on; NULL: that of the key
 * IPCM_PERM: the caller may not give files away, chown(2); IPCM_EXISTS: the
 * name is in use; IPCM_INVALID: no such ids
 */
enum ipcm_status resource_give(struct resource_entry *entry,
			       struct object_owner owner, const char *name);

/** resource_open, and resource_give. For objects that are the entry's file. */
enum ipcm_status resource_open_for(struct object_owner owner, const char *name,
				   enum resource_kind kind, uint32_t mode,
				   struct resource_entry *ret_entry);

/**
 * Make an entry with a new key, and its object. Objects without users are
 * looked for first; another key is tried when an object has this one already.
 * @param make makes the object of a key; returns 0, or an errno and leaves no
 *        object. EEXIST: the key is taken; ENOSPC: the limit of the system is
 *        reached (IPCM_LIMIT), unless objects without users can be removed
 */
enum ipcm_status resource_make_object(enum resource_kind kind, uint32_t mode,
				      int (*make)(uint32_t key, uint32_t mode,
						  void *context),
				      void *context,
				      struct resource_entry *ret_entry);

/**
 * Become a user of another process's entry.
 * IPCM_NOTFOUND: there is none, or the last user is closing it; IPCM_PERM
 */
enum ipcm_status resource_attach(enum resource_kind kind, uint32_t uid,
				 uint32_t key,
				 struct resource_entry *ret_entry);

/**
 * resource_open_for with key->mode and the process's owner, which fills in the
 * rest of the key; or resource_attach to the entry of the key. For objects that
 * are the entry's file: RESOURCE_FIFO, RESOURCE_MEMORY.
 */
enum ipcm_status resource_open_key(enum resource_kind kind,
				   struct ipcm_object_key *key, bool create,
				   struct resource_entry *ret_entry);

/** A second user of the same entry inside this process. */
enum ipcm_status resource_share(const struct resource_entry *entry,
				struct resource_entry *ret_entry);

/**
 * One user less; the last user's close removes the object and the entry. An
 * entry that is closed or zeroed is allowed.
 */
void resource_close(struct resource_entry *entry);

/** The object was not made, or has no name any more: remove the entry only. */
void resource_forget(struct resource_entry *entry);

/** The queue name that belongs to a key: one slash, no other. */
void resource_mq_name(uint32_t key, char name[RESOURCE_MQ_NAME_BYTES]);

/**
 * Give a RESOURCE_OBJECT's file its name: a second link, in the root.
 * IPCM_EXISTS: the name is taken; IPCM_NOTFOUND: the file was removed
 */
enum ipcm_status resource_publish(const struct resource_entry *entry,
				  const char *backend, const char *name);

/** Remove all objects without users. @return how many there were */
unsigned resource_collect(void);

/**
 * The same for a few dozen entries, different ones at each call. Every create
 * does it; its cost does not grow with the number of live objects.
 */
void resource_collect_some(void);

#endif
