/* SPDX-License-Identifier: MIT */
/*
 * Boost.Lockfree's spsc_queue as a competitor: one producer, one consumer, in
 * memory that both share. It never waits: full and empty are tried again. Only
 * a queue whose type and bound are fixed when it is compiled holds no pointer,
 * so there is one for each usual size, with the bound of our own.
 */
#include "channel.h"

#include <stdio.h>
#include <sys/mman.h>

#include <boost/lockfree/spsc_queue.hpp>
#include <boost/version.hpp>
#include <new>

#include "impls/core/sync/cpu_hints.h"

namespace
{

/* A queue of one size and bound, behind its address. */
struct operations {
	size_t bytes;
	unsigned depth;
	size_t memory;
	void (*create)(void *at);
	bool (*push)(void *queue, const void *message);
	bool (*pop)(void *queue, void *buffer);
};

template <size_t size, unsigned bound> struct kind {
	struct entry {
		unsigned char data[size];
	};
	using queue =
		boost::lockfree::spsc_queue<entry,
					    boost::lockfree::capacity<bound>>;

	static void create(void *at)
	{
		new (at) queue;
	}

	static bool push(void *at, const void *message)
	{
		return static_cast<queue *>(at)->push(
			       static_cast<const entry *>(message), 1) == 1;
	}

	static bool pop(void *at, void *buffer)
	{
		return static_cast<queue *>(at)->pop(
			       static_cast<entry *>(buffer), 1) == 1;
	}

	static constexpr operations all{size,	bound, sizeof(queue),
					create, push,  pop};
};

template <size_t size, unsigned bound>
constexpr operations kind<size, bound>::all;

/* The bounds are those of plan_depth. */
const operations *const kinds[] = {
	&kind<8, 1024>::all,	&kind<16, 1024>::all,	&kind<64, 1024>::all,
	&kind<256, 1024>::all,	&kind<1024, 1024>::all, &kind<4096, 1024>::all,
	&kind<16384, 256>::all, &kind<65536, 64>::all,	&kind<1048576, 64>::all,
};

const operations *find(const struct competitor_setup *setup)
{
	for (const operations *one : kinds)
		if (one->bytes == setup->bytes && one->depth == setup->depth)
			return one;
	return nullptr;
}

struct queues {
	const operations *of_size;
	void *there, *back;
	/* As this process sees them, after the fork. */
	void *out, *in;
};

void *make(const operations *of_size)
{
	void *memory = mmap(nullptr, of_size->memory, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return nullptr;
	of_size->create(memory);
	return memory;
}

/* A page that a child touches first is a fault; see shared_state_touch. The
 * two indices at the begin stay as they are. */
void touch(void *queue, size_t bytes)
{
	volatile unsigned char *at = static_cast<unsigned char *>(queue);

	for (size_t i = 4096; queue && i < bytes; i += 4096)
		at[i] = 0;
}

} // namespace

extern "C" const bool competitor_has_threads = false;
extern "C" const bool competitor_has_own_ways = false;

extern "C" void competitor_version(char *ret_text, size_t bytes)
{
	snprintf(ret_text, bytes, "Boost %d.%d.%d", BOOST_VERSION / 100000,
		 BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100);
}

extern "C" void *competitor_create(const struct competitor_setup *setup,
				   const char **ret_why)
{
	const operations *of_size = find(setup);
	queues *made;

	*ret_why =
		of_size ? "no memory for its queues" : competitor_not_offered;
	if (!of_size)
		return nullptr;
	made = new (std::nothrow)
		queues{of_size, nullptr, nullptr, nullptr, nullptr};
	if (!made)
		return nullptr;
	made->there = make(of_size);
	if (setup->both_ways)
		made->back = make(of_size);
	if (made->there && (made->back || !setup->both_ways))
		return made;
	competitor_destroy(made);
	return nullptr;
}

extern "C" void competitor_destroy(void *competitor)
{
	auto *all = static_cast<queues *>(competitor);

	if (all->there)
		munmap(all->there, all->of_size->memory);
	if (all->back)
		munmap(all->back, all->of_size->memory);
	delete all;
}

/* Before anything is sent: touch writes. */
extern "C" const char *competitor_open_second(void *competitor, unsigned)
{
	auto *all = static_cast<queues *>(competitor);

	touch(all->there, all->of_size->memory);
	touch(all->back, all->of_size->memory);
	all->in = all->there;
	all->out = all->back;
	return nullptr;
}

/* Nothing is sent before the first side is here, but back may be in use. */
extern "C" const char *competitor_open_first(void *competitor, unsigned)
{
	auto *all = static_cast<queues *>(competitor);

	touch(all->there, all->of_size->memory);
	all->out = all->there;
	all->in = all->back;
	return nullptr;
}

extern "C" const char *competitor_send(void *competitor, const void *message,
				       size_t)
{
	auto *all = static_cast<queues *>(competitor);

	while (!all->of_size->push(all->out, message))
		cpu_relax();
	return nullptr;
}

extern "C" const char *competitor_receive(void *competitor, void *buffer,
					  size_t)
{
	auto *all = static_cast<queues *>(competitor);

	while (!all->of_size->pop(all->in, buffer))
		cpu_relax();
	return nullptr;
}
