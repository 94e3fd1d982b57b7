/* SPDX-License-Identifier: MIT */
/*
 * Boost.Interprocess message_queue as a competitor, one for each direction. Its
 * name is removed as soon as the queue exists: the children inherit the
 * mapping.
 */
#include "channel.h"

#include <stdio.h>
#include <unistd.h>

#include <boost/interprocess/ipc/message_queue.hpp>
#include <boost/version.hpp>
#include <memory>
#include <string>

using boost::interprocess::message_queue;

namespace
{

struct pair_of_queues {
	std::unique_ptr<message_queue> there, back;
	/* As this process sees them, after the fork. */
	message_queue *out, *in;
};

std::unique_ptr<message_queue> make(size_t bytes, unsigned depth)
{
	const std::string name = "ipcmark-competitor-" +
				 std::to_string(static_cast<long>(getpid()));
	std::unique_ptr<message_queue> queue(new message_queue(
		boost::interprocess::create_only, name.c_str(), depth, bytes));

	message_queue::remove(name.c_str());
	return queue;
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
try {
	std::unique_ptr<pair_of_queues> competitor(new pair_of_queues());

	competitor->there = make(setup->bytes, setup->depth);
	if (setup->both_ways)
		competitor->back = make(setup->bytes, setup->depth);
	return competitor.release();
} catch (...) {
	*ret_why = "Boost refused to make a message queue";
	return nullptr;
}

extern "C" const char *competitor_open_second(void *competitor, unsigned)
{
	auto *queues = static_cast<pair_of_queues *>(competitor);

	queues->in = queues->there.get();
	queues->out = queues->back.get();
	return nullptr;
}

extern "C" const char *competitor_open_first(void *competitor, unsigned)
{
	auto *queues = static_cast<pair_of_queues *>(competitor);

	queues->out = queues->there.get();
	queues->in = queues->back.get();
	return nullptr;
}

extern "C" const char *competitor_send(void *competitor, const void *message,
				       size_t bytes)
try {
	static_cast<pair_of_queues *>(competitor)->out->send(message, bytes, 0);
	return nullptr;
} catch (...) {
	return "Boost's send failed";
}

extern "C" const char *competitor_receive(void *competitor, void *buffer,
					  size_t bytes)
try {
	message_queue::size_type got = 0;
	unsigned priority = 0;

	static_cast<pair_of_queues *>(competitor)
		->in->receive(buffer, bytes, got, priority);
	return got == bytes ? nullptr : channel_wrong_size;
} catch (...) {
	return "Boost's receive failed";
}

extern "C" void competitor_destroy(void *competitor)
{
	delete static_cast<pair_of_queues *>(competitor);
}
