/* SPDX-License-Identifier: MIT */
/*
 * hold_message_queues SECONDS [large]: another program of the same user that
 * holds all POSIX message queues that RLIMIT_MSGQUEUE and the kernel allow; or
 * large ones only, so that there is room for a few small ones. It prints their
 * number once it has them; exit 77 where there is no limit.
 */
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static unsigned take_all(struct mq_attr *attributes)
{
	char name[64];
	unsigned held = 0;

	for (;;) {
		mqd_t queue;

		(void)snprintf(name, sizeof(name), "/ipcmark-hold-%d-%u",
			       (int)getpid(), held);
		queue = mq_open(name, O_CREAT | O_EXCL | O_RDWR, 0600,
				attributes);
		if (queue == (mqd_t)-1)
			return held;
		(void)mq_unlink(name);
		held++;
	}
}

int main(int argc, char **argv)
{
	struct mq_attr large = {.mq_maxmsg = 10, .mq_msgsize = 8192};
	struct mq_attr small = {.mq_maxmsg = 1, .mq_msgsize = 1};
	struct rlimit allowance;
	unsigned held;

	if (argc < 2 || argc > 3 || (argc == 3 && strcmp(argv[2], "large")))
		return 2;
	if (getrlimit(RLIMIT_MSGQUEUE, &allowance) ||
	    allowance.rlim_cur == RLIM_INFINITY)
		return 77;
	held = take_all(&large);
	if (argc == 2)
		held += take_all(&small);
	(void)printf("%u\n", held);
	(void)fflush(stdout);
	(void)sleep((unsigned)atoi(argv[1]));
	return 0;
}
