/* SPDX-License-Identifier: MIT */
/*
 * Ledger: System V ids and message queue names live on when their users die.
 * Before such an object is made, its key is written down as a file name in a
 * private directory; every user holds a shared OFD lock on that file, which
 * the kernel drops with the user's last descriptor, SIGKILL included. Whoever
 * gets the lock exclusively knows that nobody lives, and removes the object.
 */
#ifndef IPCMARK_COMMON_LEDGER_H
#define IPCMARK_COMMON_LEDGER_H

#include <stdint.h>

#include "ipcmark/status.h"

/** What an entry stands for; the prefix of its file name. */
enum ledger_kind {
	LEDGER_MSG, /**< System V message queue, by key */
	LEDGER_SEM, /**< System V semaphore set, by key */
	LEDGER_MQ,  /**< POSIX message queue, by name; see ledger_mq_name */
	LEDGER_KIND_COUNT
};

/** One object written down. Private to the process; fork() shares the lock. */
struct ledger_entry {
	enum ledger_kind kind;
	uint32_t key;
	int fd; /**< -1 when closed */
};

/** Longest name that ledger_mq_name writes, with its NUL. */
#define LEDGER_MQ_NAME_BYTES 24

/** Write down a new random key; the caller then makes the object. */
enum ipcm_status ledger_open(enum ledger_kind kind,
			     struct ledger_entry *ret_entry);

/** A second user of the same entry inside this process. */
enum ipcm_status ledger_share(const struct ledger_entry *entry,
			      struct ledger_entry *ret_entry);

/**
 * This user is done; the last user's close removes the object and the entry.
 * Fine on an entry that is closed.
 */
void ledger_close(struct ledger_entry *entry);

/** The object could not be made: strike the entry out, touch no object. */
void ledger_forget(struct ledger_entry *entry);

/** The queue name that belongs to a key: one slash, no other. */
void ledger_mq_name(uint32_t key, char name[LEDGER_MQ_NAME_BYTES]);

/** Remove all objects without users. @return how many there were */
unsigned ledger_collect(void);

#endif
