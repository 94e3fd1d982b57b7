/* SPDX-License-Identifier: MIT */
/* Descriptors from /proc/self/fd, ids from the kernel's tables of System V
 * objects (msgctl(2), semctl(2), shmctl(2): MSG_STAT and so on). */
#include "count_leaks.h"

#include <dirent.h>
#include <stdbool.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <unistd.h>

int64_t count_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	const struct dirent *entry;
	int64_t count = 0;

	if (!folder)
		return 0;
	while ((entry = readdir(folder)))
		count += entry->d_name[0] != '.';
	(void)closedir(folder);
	return count;
}

struct ours {
	const pid_t *process;
	unsigned count;
	time_t since;
};

static bool is_ours(const struct ours *ours, pid_t pid)
{
	for (unsigned i = 0; i < ours->count; i++)
		if (pid && ours->process[i] == pid)
			return true;
	return false;
}

static int64_t count_queues(const struct ours *ours)
{
	struct msginfo info;
	struct msqid_ds queue;
	int64_t count = 0;
	int most = msgctl(0, MSG_INFO, (struct msqid_ds *)(void *)&info);

	for (int i = 0; i <= most; i++)
		if (msgctl(i, MSG_STAT, &queue) >= 0 &&
		    queue.msg_ctime >= ours->since)
			count += is_ours(ours, queue.msg_lspid) ||
				 is_ours(ours, queue.msg_lrpid);
	return count;
}

union semun {
	int val;
	struct semid_ds *buf;
	unsigned short *array;
	struct seminfo *info;
};

static int64_t count_sets(const struct ours *ours)
{
	struct seminfo info;
	struct semid_ds set;
	int64_t count = 0;
	int most = semctl(0, 0, SEM_INFO, (union semun){.info = &info});

	for (int i = 0; i <= most; i++) {
		int id = semctl(i, 0, SEM_STAT, (union semun){.buf = &set});

		if (id >= 0 && set.sem_ctime >= ours->since)
			count += is_ours(ours, semctl(id, 0, GETPID));
	}
	return count;
}

static int64_t count_segments(const struct ours *ours)
{
	struct shm_info info;
	struct shmid_ds segment;
	int64_t count = 0;
	int most = shmctl(0, SHM_INFO, (struct shmid_ds *)(void *)&info);

	for (int i = 0; i <= most; i++)
		if (shmctl(i, SHM_STAT, &segment) >= 0 &&
		    segment.shm_ctime >= ours->since)
			count += is_ours(ours, segment.shm_cpid);
	return count;
}

int64_t count_ids(const pid_t *process, unsigned count, time_t since)
{
	struct ours ours = {process, count, since};

	return count_queues(&ours) + count_sets(&ours) + count_segments(&ours);
}
