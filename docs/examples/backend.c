/* SPDX-License-Identifier: MIT */
/* The back-ends that work here, with the items a queue of each can hold. */
#include <ipcmark/ipcmark.h>
#include <inttypes.h>
#include <stdio.h>

int main(void)
{
	size_t count;
	const struct ipcm_registry_entry *entry = ipcm_registry(&count);

	for (size_t i = 0; i < count; i++) {
		const struct ipcm_backend *backend = entry[i].backend;
		struct ipcm_limits limits;
		char why[256] = "not built";

		if (!backend || backend->probe(why, sizeof(why)))
			printf("%s: %s\n", entry[i].name, why);
		else if (!ipcm_backend_limits(backend, &limits))
			printf("%s: %" PRIu64 " items\n", backend->name,
			       limits.queue_items);
	}
	return 0;
}
