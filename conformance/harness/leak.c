/* SPDX-License-Identifier: MIT */
/*
 * Snapshots of what is open; see leak.h. An entry is a line of text, a
 * snapshot a list of them. System V ids and names belong to the whole machine,
 * where other programs come and go: a new one counts only if a process of a
 * clause may have made it, if no living process uses it, and if it stays: what
 * a clause left behind stays for ever, what goes by itself was another
 * program's.
 */
#include "leak.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { ENTRY_BYTES = 160, LOOK_MS = 30 };
/* Looks before the users of what is new are searched for, and after it. */
enum { LOOKS = 12, MORE_LOOKS = 60 };
/* Clauses that need two users have this one, too, if they may. */
enum { OTHER_USER = 65534 };

struct leak_snapshot {
	char (*entries)[ENTRY_BYTES];
	size_t count, room;
};

static void add(struct leak_snapshot *snapshot, const char *entry)
{
	if (snapshot->count == snapshot->room) {
		size_t room = snapshot->room ? 2 * snapshot->room : 32;
		void *more = realloc(snapshot->entries, room * ENTRY_BYTES);

		if (!more)
			return;
		snapshot->entries = more;
		snapshot->room = room;
	}
	(void)snprintf(snapshot->entries[snapshot->count++], ENTRY_BYTES, "%s",
		       entry);
}

static bool has(const struct leak_snapshot *snapshot, const char *entry)
{
	for (size_t i = 0; i < snapshot->count; i++) {
		if (strcmp(snapshot->entries[i], entry) == 0)
			return true;
	}
	return false;
}

/* Another program may unlink a file that was inherited open. */
static void forget_unlinked(char *target)
{
	char *mark = strstr(target, " (deleted)");

	if (mark)
		*mark = '\0';
}

static void add_descriptors(struct leak_snapshot *snapshot)
{
	DIR *directory = opendir("/proc/self/fd");
	struct dirent *each;

	if (!directory)
		return;
	while ((each = readdir(directory))) {
		char target[96] = "", entry[ENTRY_BYTES];
		int fd = atoi(each->d_name);
		ssize_t length;

		if (each->d_name[0] == '.' || fd == dirfd(directory))
			continue;
		length = readlinkat(dirfd(directory), each->d_name, target,
				    sizeof(target) - 1);
		if (length < 0)
			continue;
		forget_unlinked(target);
		(void)snprintf(entry, sizeof(entry), "descriptor %d (%s)", fd,
			       target);
		add(snapshot, entry);
	}
	(void)closedir(directory);
}

static unsigned threads(void)
{
	DIR *directory = opendir("/proc/self/task");
	struct dirent *each;
	unsigned count = 0;

	while (directory && (each = readdir(directory)))
		count += each->d_name[0] != '.';
	if (directory)
		(void)closedir(directory);
	return count;
}

static void add_threads(struct leak_snapshot *snapshot)
{
	unsigned count = threads();
	char entry[ENTRY_BYTES];

	for (unsigned i = 1; i < count; i++) {
		(void)snprintf(entry, sizeof(entry), "thread %u", i);
		add(snapshot, entry);
	}
}

static bool may_be_ours(long creator)
{
	uid_t own = geteuid();

	return creator == (long)own || (own == 0 && creator == OTHER_USER);
}

/* @return of a table whose first line names its columns; -1: there is none */
static int column_of(char *heading, const char *name)
{
	char *rest = heading, *word;
	int column = 0;

	while ((word = strsep(&rest, " \n"))) {
		if (strcmp(word, name) == 0)
			return column;
		column += *word != '\0';
	}
	return -1;
}

static long number_in(const char *line, int column)
{
	char *end;
	long value = -1;

	for (int i = 0; i <= column; i++) {
		/* all of them are numbers; those of permissions are octal, but
		 * only their end is looked for */
		value = strtol(line, &end, 10);
		line = end;
	}
	return value;
}

/* Ids of one kind: the first two columns are key and id in every table. */
static void add_sysv(struct leak_snapshot *snapshot, const char *kind)
{
	char path[64], line[512];
	int creator = -1;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/sysvipc/%s", kind);
	file = fopen(path, "re");
	if (!file)
		return;
	while (fgets(line, sizeof(line), file)) {
		char entry[ENTRY_BYTES];
		int key, id;

		if (sscanf(line, "%d %d", &key, &id) != 2) {
			creator = column_of(line, "cuid");
			continue;
		}
		if (creator >= 0 && !may_be_ours(number_in(line, creator)))
			continue;
		(void)snprintf(entry, sizeof(entry), "System V %s id %d key %d",
			       kind, id, key);
		add(snapshot, entry);
	}
	(void)fclose(file);
}

/* The life file of the uid (process_life.h): the last process with a lock
 * removes it, so one that is killed leaves it to the next one. */
static bool is_life_file(const char *path, const char *name)
{
	const char *directory = strrchr(path, '/');

	return strncmp(directory, "/ipcmark-", 9) == 0 &&
	       strcmp(name, "alive") == 0;
}

/* Regular files (and the like) of this user in a directory of names. */
static void add_names(struct leak_snapshot *snapshot, const char *path)
{
	DIR *directory = opendir(path);
	struct dirent *each;

	if (!directory)
		return;
	while ((each = readdir(directory))) {
		char entry[ENTRY_BYTES];
		struct stat info;

		if (fstatat(dirfd(directory), each->d_name, &info,
			    AT_SYMLINK_NOFOLLOW) ||
		    S_ISDIR(info.st_mode) || info.st_uid != geteuid() ||
		    is_life_file(path, each->d_name))
			continue;
		(void)snprintf(entry, sizeof(entry), "name %.60s/%.90s", path,
			       each->d_name);
		add(snapshot, entry);
	}
	(void)closedir(directory);
}

/* Where the library writes down what outlives a crash, see resource_registry.h.
 */
static void registry_path(const char *root, char path[64])
{
	(void)snprintf(path, 64, "%s/ipcmark-%u", root, (unsigned)geteuid());
}

struct leak_snapshot *leak_snapshot_take(void)
{
	struct leak_snapshot *snapshot = calloc(1, sizeof(*snapshot));
	char path[64];

	if (!snapshot)
		return NULL;
	add_descriptors(snapshot);
	add_threads(snapshot);
	add_sysv(snapshot, "msg");
	add_sysv(snapshot, "sem");
	add_sysv(snapshot, "shm");
	add_names(snapshot, "/dev/shm");
	add_names(snapshot, "/dev/mqueue");
	registry_path("/dev/shm", path);
	add_names(snapshot, path);
	registry_path("/tmp", path);
	add_names(snapshot, path);
	return snapshot;
}

/* Does a process hold a lock on this file? Then its users live. */
static bool file_is_locked(const char *path)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	bool locked;

	if (fd < 0)
		return false;
	locked = fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
	(void)close(fd);
	return locked;
}

static bool line_in_file(const char *path, const char *needle)
{
	FILE *file = fopen(path, "re");
	char line[512];
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file))
		found = strstr(line, needle) != NULL;
	if (file)
		(void)fclose(file);
	return found;
}

static bool descriptor_of(const char *pid, const char *needle)
{
	char path[300], target[256];
	struct dirent *each;
	DIR *directory;
	bool found = false;

	(void)snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	directory = opendir(path);
	while (directory && !found && (each = readdir(directory))) {
		ssize_t length = readlinkat(dirfd(directory), each->d_name,
					    target, sizeof(target) - 1);

		if (length <= 0)
			continue;
		target[length] = '\0';
		found = strstr(target, needle) != NULL;
	}
	if (directory)
		(void)closedir(directory);
	return found;
}

/* Has any process this file open or mapped? Reads /proc; milliseconds. */
static bool name_is_used(const char *path)
{
	const char *name = strrchr(path, '/');
	DIR *processes = opendir("/proc");
	struct dirent *each;
	bool used = false;

	while (processes && name && !used && (each = readdir(processes))) {
		char maps[300];

		if (each->d_name[0] < '1' || each->d_name[0] > '9')
			continue;
		(void)snprintf(maps, sizeof(maps), "/proc/%s/maps",
			       each->d_name);
		used = descriptor_of(each->d_name, name) ||
		       line_in_file(maps, path);
	}
	if (processes)
		(void)closedir(processes);
	return used;
}

/* The registry's file of a System V key, if there is one. */
static bool resource_holds(const char *kind, int key)
{
	static const char *const roots[] = {"/dev/shm", "/tmp"};
	char directory[64], path[128];
	struct stat space; /* its IPC namespace is in the name */

	if (stat("/proc/thread-self/ns/ipc", &space))
		return false;
	for (int i = 0; i < 2; i++) {
		registry_path(roots[i], directory);
		(void)snprintf(path, sizeof(path), "%s/%s-%08x-%lu", directory,
			       kind, (unsigned)key,
			       (unsigned long)space.st_ino);
		if (file_is_locked(path))
			return true;
	}
	return false;
}

static bool pid_lives(long pid)
{
	return pid > 0 && (kill((pid_t)pid, 0) == 0 || errno == EPERM);
}

/* Did a living process touch this id last? */
static bool sysv_is_used(const char *kind, int id, int key)
{
	char path[64], line[512];
	bool used = resource_holds(kind, key);
	FILE *file;

	if (strcmp(kind, "sem") == 0)
		return used || pid_lives(semctl(id, 0, GETPID));
	(void)snprintf(path, sizeof(path), "/proc/sysvipc/%s", kind);
	file = fopen(path, "re");
	while (file && !used && fgets(line, sizeof(line), file)) {
		int got_key, got_id;
		long one = 0, other = 0;

		/* msg: perms cbytes qnum lspid lrpid; shm: perms size cpid
		 * lpid */
		if (sscanf(line,
			   strcmp(kind, "msg") ? "%d %d %*s %*s %ld %ld"
					       : "%d %d %*s %*s %*s %ld %ld",
			   &got_key, &got_id, &one, &other) < 2 ||
		    got_id != id || got_key != key)
			continue;
		used = pid_lives(one) || pid_lives(other);
	}
	if (file)
		(void)fclose(file);
	return used;
}

static bool in_use_by_others(const char *entry)
{
	char kind[8];
	int id, key;

	if (sscanf(entry, "System V %7s id %d key %d", kind, &id, &key) == 3)
		return sysv_is_used(kind, id, key);
	if (strncmp(entry, "name ", 5) == 0)
		return file_is_locked(entry + 5) || name_is_used(entry + 5);
	return false;
}

static enum leak difference(const struct leak_snapshot *before,
			    bool ask_for_users, char *text, size_t bytes)
{
	struct leak_snapshot *now = leak_snapshot_take();
	enum leak found = LEAK_NONE;
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; now && i < now->count; i++) {
		const char *entry = now->entries[i];
		bool own = entry[0] == 'd' || entry[0] == 't';

		if (has(before, entry) ||
		    (ask_for_users && in_use_by_others(entry)))
			continue;
		if (found != LEAK_OF_PROCESS)
			found = own ? LEAK_OF_PROCESS : LEAK_OF_MACHINE;
		if (used < bytes)
			used += (size_t)snprintf(text + used, bytes - used,
						 "%s%s", used ? ", " : "",
						 entry);
	}
	leak_snapshot_free(now);
	return found;
}

enum leak leak_snapshot_compare(const struct leak_snapshot *before, char *text,
				size_t bytes)
{
	static const struct timespec pause = {0, LOOK_MS * 1000000L};

	enum leak leak = LEAK_NONE;

	for (int look = 0; look < LOOKS; look++) {
		if (!before || !difference(before, false, text, bytes))
			return LEAK_NONE;
		(void)nanosleep(&pause, NULL);
	}
	for (int look = 0; look < MORE_LOOKS; look++) {
		leak = difference(before, true, text, bytes);
		if (leak != LEAK_OF_MACHINE)
			break;
		(void)nanosleep(&pause, NULL);
	}
	return leak;
}

void leak_snapshot_free(struct leak_snapshot *snapshot)
{
	if (!snapshot)
		return;
	free(snapshot->entries);
	free(snapshot);
}

unsigned leak_next_descriptor(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	(void)close(fd);
	return (unsigned)fd;
}

long leak_resident_kb(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	long total = 0, resident = 0;

	if (!file)
		return 0;
	if (fscanf(file, "%ld %ld", &total, &resident) != 2)
		resident = 0;
	(void)fclose(file);
	return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

/* Of the leak sanitizer, if the program is built with it. */
int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

bool leak_is_counted(void)
{
	return __lsan_do_recoverable_leak_check != NULL;
}

bool leak_of_memory(void)
{
	return leak_is_counted() && __lsan_do_recoverable_leak_check() != 0;
}

unsigned leak_mappings(void)
{
	FILE *file = fopen("/proc/self/maps", "re");
	unsigned lines = 0;
	int c;

	while (file && (c = fgetc(file)) != EOF)
		lines += c == '\n';
	if (file)
		(void)fclose(file);
	return lines;
}
