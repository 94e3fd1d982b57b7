/* SPDX-License-Identifier: MIT */
#include "wakeup_fd.h"

#include <sys/eventfd.h>
#include <unistd.h>

static uint64_t word_make(int fd)
{
	return (uint64_t)getpid() << 32 | (uint32_t)(fd + 1);
}

static int word_fd(uint64_t word)
{
	return (int)(uint32_t)word - 1;
}

static int word_is_mine(uint64_t word)
{
	return (uint32_t)word && word >> 32 == (uint32_t)getpid();
}

int wakeup_fd_open(struct wakeup_fd *wakeup)
{
	uint64_t seen = atomic_load(&wakeup->word);
	int fd;

	if (word_is_mine(seen))
		return word_fd(seen);
	fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (fd < 0)
		return -1;
	if (!atomic_compare_exchange_strong(&wakeup->word, &seen,
					    word_make(fd))) {
		(void)close(fd); /* another thread was faster */
		return word_fd(seen);
	}
	if ((uint32_t)seen)
		(void)close(word_fd(seen)); /* the parent's */
	return fd;
}

void wakeup_fd_send(struct wakeup_fd *wakeup)
{
	uint64_t seen = atomic_load(&wakeup->word);

	if (word_is_mine(seen))
		(void)eventfd_write(word_fd(seen), 1);
}

void wakeup_fd_drain(int fd)
{
	eventfd_t value;

	(void)eventfd_read(fd, &value);
}

void wakeup_fd_close(struct wakeup_fd *wakeup)
{
	uint64_t seen = atomic_exchange(&wakeup->word, 0);

	if ((uint32_t)seen)
		(void)close(word_fd(seen));
}
