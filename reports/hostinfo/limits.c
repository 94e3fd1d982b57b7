/* SPDX-License-Identifier: MIT */
/*
 * Limits of the mechanisms: what a queue, pipe or socket may hold here. Keys
 * of sysctl values are the sysctl's own names, so that a hint can say
 * "sysctl -w NAME=VALUE"; the effective pipe size is tried, not read, because
 * a user over the soft page limit gets less than the default.
 */
#include "hostinfo_internal.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

static const char *const sysctls[] = {
	"kernel.msgmax",
	"kernel.msgmnb",
	"kernel.msgmni",
	"kernel.shmmax",
	"kernel.shmall",
	"kernel.shmmni",
	"fs.mqueue.msg_max",
	"fs.mqueue.msgsize_max",
	"fs.mqueue.queues_max",
	"fs.mqueue.msg_default",
	"fs.mqueue.msgsize_default",
	"fs.pipe-max-size",
	"fs.pipe-user-pages-soft",
	"fs.pipe-user-pages-hard",
	"net.core.wmem_default",
	"net.core.wmem_max",
	"net.core.rmem_default",
	"net.core.rmem_max",
	"net.unix.max_dgram_qlen",
};

static void put_sysctl(json_t *limits, const char *name)
{
	char path[128], text[TEXT_BYTES], why[128];
	int64_t value;

	snprintf(path, sizeof(path), "/proc/sys/%s", name);
	for (char *dot = path + strlen("/proc/sys/"); *dot; dot++)
		if (*dot == '.')
			*dot = '/';
	if (read_integer(path, &value)) {
		block_put(limits, name, json_integer(value), NULL);
		return;
	}
	if (read_text(path, text, sizeof(text)))
		snprintf(why, sizeof(why), "no limit in practice: %.40s", text);
	else
		snprintf(why, sizeof(why), "this kernel has no %s", name);
	block_put(limits, name, NULL, why);
}

/* kernel.sem is four numbers in one file: SEMMSL SEMMNS SEMOPM SEMMNI. */
static void put_semaphores(json_t *limits)
{
	char text[TEXT_BYTES];
	long long value[4];
	bool known = read_text("/proc/sys/kernel/sem", text, sizeof(text)) &&
		     sscanf(text, "%lld %lld %lld %lld", &value[0], &value[1],
			    &value[2], &value[3]) == 4;

	block_put(limits, "kernel.sem",
		  known ? json_pack("[I,I,I,I]", (json_int_t)value[0],
				    (json_int_t)value[1], (json_int_t)value[2],
				    (json_int_t)value[3])
			: NULL,
		  "this kernel has no kernel.sem");
}

static void put_rlimit(json_t *limits, const char *key, int resource)
{
	struct rlimit limit;

	if (getrlimit((__rlimit_resource_t)resource, &limit))
		block_put(limits, key, NULL, "getrlimit failed");
	else if (limit.rlim_cur == RLIM_INFINITY)
		block_put(limits, key, NULL, "unlimited");
	else
		block_put(limits, key, json_integer((json_int_t)limit.rlim_cur),
			  NULL);
}

static void put_pipe(json_t *limits)
{
	static const char none[] = "no pipe could be made";
	int64_t most = 0;
	int ends[2], usual, grown;

	if (pipe2(ends, O_CLOEXEC)) {
		block_put(limits, "pipe.default_bytes", NULL, none);
		block_put(limits, "pipe.largest_bytes", NULL, none);
		return;
	}
	usual = fcntl(ends[0], F_GETPIPE_SZ);
	block_put(limits, "pipe.default_bytes", json_integer(usual), NULL);
	if (!read_integer("/proc/sys/fs/pipe-max-size", &most))
		most = usual;
	grown = fcntl(ends[0], F_SETPIPE_SZ, (int)most);
	block_put(limits, "pipe.largest_bytes",
		  json_integer(grown > 0 ? grown : usual), NULL);
	close(ends[0]);
	close(ends[1]);
}

static void put_shared_memory(json_t *limits)
{
	static const char none[] = "/dev/shm is not mounted";
	struct statvfs shm;
	bool there = !statvfs("/dev/shm", &shm);

	block_put(
		limits, "shm.size_bytes",
		there ? json_integer((json_int_t)(shm.f_blocks * shm.f_frsize))
		      : NULL,
		none);
	block_put(
		limits, "shm.free_bytes",
		there ? json_integer((json_int_t)(shm.f_bavail * shm.f_frsize))
		      : NULL,
		none);
}

json_t *hostinfo_limits(void)
{
	json_t *limits = json_object();

	for (size_t i = 0; i < sizeof(sysctls) / sizeof(sysctls[0]); i++)
		put_sysctl(limits, sysctls[i]);
	put_semaphores(limits);
	put_rlimit(limits, "rlimit.msgqueue", RLIMIT_MSGQUEUE);
	put_rlimit(limits, "rlimit.nofile", RLIMIT_NOFILE);
	put_rlimit(limits, "rlimit.memlock", RLIMIT_MEMLOCK);
	put_rlimit(limits, "rlimit.nproc", RLIMIT_NPROC);
	put_rlimit(limits, "rlimit.rtprio", RLIMIT_RTPRIO);
	put_pipe(limits);
	put_shared_memory(limits);
	block_put(limits, "page_bytes", json_integer(sysconf(_SC_PAGESIZE)),
		  NULL);
	return limits;
}
