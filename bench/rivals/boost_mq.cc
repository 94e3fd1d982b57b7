/* SPDX-License-Identifier: MIT */
/*
 * Boost.Interprocess message_queue as a rival. Its name is removed as soon as
 * the queue exists: the children inherit the mapping.
 */
#include "rival.h"

#include <unistd.h>

#include <boost/interprocess/ipc/message_queue.hpp>
#include <string>

using boost::interprocess::message_queue;

extern "C" void *rival_create(size_t bytes, unsigned depth,
			      const char **ret_why)
try {
	const std::string name =
		"ipcmark-rival-" + std::to_string(static_cast<long>(getpid()));
	message_queue *queue = new message_queue(
		boost::interprocess::create_only, name.c_str(), depth, bytes);

	message_queue::remove(name.c_str());
	return queue;
} catch (...) {
	*ret_why = "Boost refused to make a message queue";
	return nullptr;
}

extern "C" const char *rival_send(void *queue, const void *message,
				  size_t bytes)
try {
	static_cast<message_queue *>(queue)->send(message, bytes, 0);
	return nullptr;
} catch (...) {
	return "Boost's send failed";
}

extern "C" const char *rival_receive(void *queue, void *buffer, size_t bytes)
try {
	message_queue::size_type got = 0;
	unsigned priority = 0;

	static_cast<message_queue *>(queue)->receive(buffer, bytes, got,
						     priority);
	return got == bytes ? nullptr : "a message of another size arrived";
} catch (...) {
	return "Boost's receive failed";
}

extern "C" void rival_destroy(void *queue)
{
	delete static_cast<message_queue *>(queue);
}
