/* SPDX-License-Identifier: MIT */
/*
 * Boost.Interprocess message_queue as a rival, one for each direction. Its name
 * is removed as soon as the queue exists: the children inherit the mapping.
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
	const std::string name =
		"ipcmark-rival-" + std::to_string(static_cast<long>(getpid()));
	std::unique_ptr<message_queue> queue(new message_queue(
		boost::interprocess::create_only, name.c_str(), depth, bytes));

	message_queue::remove(name.c_str());
	return queue;
}

} // namespace

extern "C" const bool rival_has_threads = false;

extern "C" void rival_version(char *ret_text, size_t bytes)
{
	snprintf(ret_text, bytes, "Boost %d.%d.%d", BOOST_VERSION / 100000,
		 BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100);
}

extern "C" void *rival_create(const struct rival_setup *setup,
			      const char **ret_why)
try {
	std::unique_ptr<pair_of_queues> rival(new pair_of_queues());

	rival->there = make(setup->bytes, setup->depth);
	if (setup->both_ways)
		rival->back = make(setup->bytes, setup->depth);
	return rival.release();
} catch (...) {
	*ret_why = "Boost refused to make a message queue";
	return nullptr;
}

extern "C" const char *rival_open_second(void *rival)
{
	auto *queues = static_cast<pair_of_queues *>(rival);

	queues->in = queues->there.get();
	queues->out = queues->back.get();
	return nullptr;
}

extern "C" const char *rival_open_first(void *rival)
{
	auto *queues = static_cast<pair_of_queues *>(rival);

	queues->out = queues->there.get();
	queues->in = queues->back.get();
	return nullptr;
}

extern "C" const char *rival_send(void *rival, const void *message,
				  size_t bytes)
try {
	static_cast<pair_of_queues *>(rival)->out->send(message, bytes, 0);
	return nullptr;
} catch (...) {
	return "Boost's send failed";
}

extern "C" const char *rival_receive(void *rival, void *buffer, size_t bytes)
try {
	message_queue::size_type got = 0;
	unsigned priority = 0;

	static_cast<pair_of_queues *>(rival)->in->receive(buffer, bytes, got,
							  priority);
	return got == bytes ? nullptr : wire_wrong_size;
} catch (...) {
	return "Boost's receive failed";
}

extern "C" void rival_destroy(void *rival)
{
	delete static_cast<pair_of_queues *>(rival);
}
