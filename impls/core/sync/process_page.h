/* SPDX-License-Identifier: MIT */
/*
 * What a process knows about itself, in memory that the kernel clears in every
 * child with a copy of it (MADV_WIPEONFORK, madvise(2)): also in one that was
 * made by _Fork(3) or clone(2), which run no fork handlers. A child of vfork(2)
 * has no copy: it is the thread that called.
 */
#ifndef IPCMARK_IMPLS_CORE_SYNC_PROCESS_PAGE_H
#define IPCMARK_IMPLS_CORE_SYNC_PROCESS_PAGE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/** The largest page of this kind of machine: nothing else lies in it. */
#ifdef __x86_64__
#define PROCESS_PAGE_BYTES 4096
#else
#define PROCESS_PAGE_BYTES 65536
#endif

/** All zero in a process that has not asked yet. */
struct process_page {
	/** process_page_generation. */
	_Alignas(PROCESS_PAGE_BYTES) _Atomic uint32_t generation;
	/** pid_namespace_own. */
	_Atomic uint64_t pid_namespace;
	/** process_life_self, without the thread's half; bit 0: it is known. */
	_Atomic uint64_t life;
	/** Of process_life.c: what it maps, and the lock for a change of it. A
	 * child finds it free, whatever a thread of its parent did. */
	void *life_memory;
	pthread_mutex_t life_mutex;
};

/** To be used behind process_page_get only. */
extern struct process_page process_page_of_this;

/** The page of the calling process. Thread safe. */
struct process_page *process_page_get(void);

/**
 * The generation of the calling process, entered in its page: never 0, and
 * another number than that of every process from which it was forked. So what
 * a thread cached together with a generation is its own if the page has the
 * same one.
 */
uint32_t process_page_generation(struct process_page *page);

/** What the threads of the process cached is void: the next generation. */
void process_page_renew(struct process_page *page);

#endif
