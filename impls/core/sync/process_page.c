/* SPDX-License-Identifier: MIT */
/*
 * Read process_page.h first. No mutex: a child made without fork handlers would
 * inherit it as another thread held it.
 */
#include "process_page.h"

#include <string.h>
#include <sys/mman.h>

/* Alone in its pages, which are anonymous memory: not in the program's file. */
struct process_page process_page_of_this;
static _Atomic bool prepared;
/* Of this process, or of the one that it was forked from. */
static _Atomic uint32_t last_generation;

static void clear(void)
{
	memset(&process_page_of_this, 0, sizeof(process_page_of_this));
}

struct process_page *process_page_get(void)
{
	struct process_page *page = &process_page_of_this;

	if (atomic_load(&prepared))
		return page;
	/* before Linux 4.14: children without fork handlers find a copy */
	if (madvise(page, sizeof(*page), MADV_WIPEONFORK))
		(void)pthread_atfork(NULL, NULL, clear);
	atomic_store(&prepared, true);
	return page;
}

static uint32_t behind(uint32_t generation)
{
	/* 0 and the last are not given */
	return generation + 1 < UINT32_MAX ? generation + 1 : 1;
}

void process_page_renew(struct process_page *page)
{
	uint32_t next = behind(process_page_generation(page));

	/* in this order: a child that is forked in between gets a later one */
	atomic_store(&last_generation, next);
	atomic_store(&page->generation, next);
}

uint32_t process_page_generation(struct process_page *page)
{
	uint32_t next = behind(atomic_load(&last_generation));
	uint32_t mine = 0;

	if (atomic_compare_exchange_strong(&page->generation, &mine, next))
		mine = next;
	/* before any thread caches it, and so before it forks with it */
	atomic_store(&last_generation, mine);
	return mine;
}
