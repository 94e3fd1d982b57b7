/* SPDX-License-Identifier: MIT */
/*
 * The life file. Read process_life.h first.
 *
 * It is removed when no process has a lock in it. A remover locks the whole
 * file first, so a process that enters meanwhile gets no lock, or finds after
 * it that the name leads elsewhere; it then begins again.
 */
#include "process_life.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "impls/core/memory/shm_map.h"
#include "impls/core/sync/clock.h"
#include "impls/core/sync/process_page.h"
#include "registry_folder.h"
#include "registry_place.h"
#include "resource_registry.h"

#define LIFE_MAGIC UINT32_C(0x4c494645)
#define TRIES	   100
/* The numbers' bytes lie behind the header's. */
#define NUMBER_BYTES INT64_C(4096)

/* At the start of the file; zeroed when it is made. */
struct life_header {
	_Atomic uint32_t magic;
	/* High half: the first number, 0: not chosen yet. Low half: how many
	 * were given away. One word, so that a reader sees both of one moment.
	 */
	_Alignas(8) _Atomic uint64_t numbers;
};

#define FILE_BYTES sizeof(struct life_header)

/* Its name in the directory of its uid. */
static const char life_name[] = "alive";

/* F_WRLCK or F_UNLCK of one number; -1: of all. */
static bool life_lock(int fd, int64_t number, short type)
{
	struct flock lock = {
		.l_type = type,
		.l_whence = SEEK_SET,
		.l_start = number < 0 ? 0 : (off_t)(NUMBER_BYTES + number),
		.l_len = number < 0 ? 0 : 1,
	};

	return fcntl(fd, F_OFD_SETLK, &lock) == 0;
}

/* May any process hold it? Also if that cannot be told. */
static bool life_locked(int fd, uint32_t number)
{
	struct flock lock = {
		.l_type = F_WRLCK,
		.l_whence = SEEK_SET,
		.l_start = (off_t)(NUMBER_BYTES + number),
		.l_len = 1,
	};

	return fcntl(fd, F_OFD_GETLK, &lock) || lock.l_type != F_UNLCK;
}

/* The file of a uid; whatever the umask was, it can be opened again. */
static int life_open(const struct registry_place *place, uint32_t uid,
		     int more_flags)
{
	struct stat info;
	int fd = registry_place_open(place, uid, more_flags, 0600);

	if (!registry_place_is_own(place))
		return fd;
	if (fd < 0 && errno == EACCES && !chmod(place->path, 0600))
		fd = registry_place_open(place, uid, more_flags, 0600);
	if (fd >= 0 && !fstat(fd, &info) && (info.st_mode & 0600) != 0600)
		(void)fchmod(fd, 0600);
	return fd;
}

/* ---- entering ---- */

static uint32_t first_number(void)
{
	uint32_t number;

	if (getrandom(&number, sizeof(number), GRND_NONBLOCK) != sizeof(number))
		number = (uint32_t)clock_now();
	return number | 1;
}

/* The next number; 0: none, the file has given away all of them. */
static uint32_t take_number(struct life_header *header)
{
	uint64_t seen = atomic_load(&header->numbers);
	uint64_t next;

	do {
		next = seen ? seen : (uint64_t)first_number() << 32;
		if ((uint32_t)next == UINT32_MAX)
			return 0;
		next++;
	} while (!atomic_compare_exchange_weak(&header->numbers, &seen, next));
	atomic_store(&header->magic, LIFE_MAGIC);
	return (uint32_t)(next >> 32) + (uint32_t)next - 1;
}

static struct life_header *life_map(int fd)
{
	void *memory;

	/* else a full file system would be SIGBUS */
	if (shm_map_reserve(fd, 0, FILE_BYTES))
		return NULL;
	memory = mmap(NULL, FILE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		      0);
	if (memory == MAP_FAILED)
		return NULL;
	if (!madvise(memory, FILE_BYTES, MADV_DONTFORK))
		return memory;
	(void)munmap(memory, FILE_BYTES);
	return NULL;
}

/* The number whose lock the mapping keeps; 0: none. */
static uint32_t enter_file(int fd, const struct registry_place *place,
			   struct life_header **ret_header)
{
	struct life_header *header = life_map(fd);
	uint32_t number = header ? take_number(header) : 0;

	if (number && life_lock(fd, number, F_WRLCK) &&
	    registry_place_leads_to(place, fd))
		*ret_header = header;
	else if (header) {
		(void)munmap(header, FILE_BYTES);
		number = 0;
	}
	return number;
}

/*
 * In another user's directory it is given away when it is complete. False: it
 * cannot be made.
 */
static bool make_for(struct object_owner owner)
{
	struct resource_entry file;
	enum ipcm_status status = resource_open_for(
		owner, life_name, RESOURCE_MEMORY, 0600, &file);

	if (!status)
		(void)close(file.fd);
	return !status || status == IPCM_EXISTS;
}

/* Once; false: there is no use in trying again. */
static bool try_enter(struct object_owner owner,
		      struct life_header **ret_header, uint32_t *ret_number)
{
	bool other = object_owner_is_other(owner);
	uint32_t uid = other ? owner.uid : geteuid();
	const char *root = registry_make_for(owner);
	struct registry_place place;
	int fd, error;

	if (!root || !registry_place_find(root, uid, life_name, &place))
		return false;
	fd = life_open(&place, uid, other ? 0 : O_CREAT);
	error = errno;
	if (fd >= 0) {
		*ret_number = enter_file(fd, &place, ret_header);
		(void)close(fd); /* the mapping keeps the lock */
	}
	registry_place_end(&place);
	if (other) /* ours was made for what make_for needs */
		registry_remove_empty(root, geteuid());
	/* ENOENT: the directory was removed, or there is no file yet */
	return fd >= 0 || (error == ENOENT && (!other || make_for(owner)));
}

static uint32_t enter(struct life_header **ret_header)
{
	struct object_owner owner = object_owner_get();
	uint32_t number = 0;

	for (int i = 0; !number && i < TRIES; i++)
		if (!try_enter(owner, ret_header, &number))
			return 0;
	return number;
}

/* In the page: life is known. */
#define KNOWN UINT64_C(1)

/*
 * Objects of this process that need a life. In memory that children inherit:
 * they inherit the objects. It may be too high in a child that was forked while
 * a thread made or freed one: then the child keeps its number to the end.
 */
static _Atomic unsigned holders;

/* The page's mutex is held. */
static uint64_t enter_locked(struct process_page *page)
{
	struct life_header *header = NULL;
	uint64_t life = atomic_load(&page->life);

	if (life)
		return life;
	life = (uint64_t)enter(&header) << 32 | KNOWN;
	page->life_memory = header;
	atomic_store(&page->life, life);
	return life;
}

uint64_t process_life_enter(void)
{
	struct process_page *page = process_page_get();
	uint64_t id = thread_id_self();
	uint64_t life;

	(void)pthread_mutex_lock(&page->life_mutex);
	life = enter_locked(page);
	(void)pthread_mutex_unlock(&page->life_mutex);
	thread_self.life = (life & ~(uint64_t)UINT32_MAX) | id >> 32;
	return thread_self.life;
}

void process_life_hold(void)
{
	struct process_page *page = process_page_get();

	(void)pthread_mutex_lock(&page->life_mutex);
	(void)atomic_fetch_add(&holders, 1);
	(void)enter_locked(page);
	(void)pthread_mutex_unlock(&page->life_mutex);
}

static void leave_locked(struct process_page *page)
{
	uint32_t uid[REGISTRY_USERS];
	unsigned users = registry_users(uid);

	atomic_store(&page->life, 0);
	/* threads cache it; those that use it have an object, and none is left
	 */
	process_page_renew(page);
	if (page->life_memory)
		(void)munmap(page->life_memory, FILE_BYTES);
	page->life_memory = NULL;
	for (unsigned i = 0; i < users * REGISTRY_ROOTS; i++) {
		const char *root = registry_root(i % REGISTRY_ROOTS);
		uint32_t user = uid[i / REGISTRY_ROOTS];

		if (!registry_is_of(root, user))
			continue;
		process_life_collect(root, user);
		registry_remove_empty(root, user);
	}
}

void process_life_release(void)
{
	struct process_page *page = process_page_get();

	(void)pthread_mutex_lock(&page->life_mutex);
	if (atomic_fetch_sub(&holders, 1) == 1)
		leave_locked(page);
	(void)pthread_mutex_unlock(&page->life_mutex);
}

bool process_life_is_own(uint64_t life)
{
	uint64_t own = atomic_load(&process_page_get()->life);

	return life >> 32 != 0 && life >> 32 == own >> 32;
}

/* ---- asking ---- */

/* Was the number given away in this file? */
static bool given_away(int fd, uint32_t number)
{
	struct life_header header;
	uint32_t first, count;

	if (pread(fd, &header, sizeof(header), 0) != sizeof(header) ||
	    header.magic != LIFE_MAGIC)
		return false;
	first = (uint32_t)(header.numbers >> 32);
	count = (uint32_t)header.numbers;
	return number - first < count;
}

static bool over_under(const char *root, uint32_t uid, uint32_t number)
{
	struct registry_place place;
	bool over = false;
	int fd;

	if (!registry_is_of(root, uid) ||
	    !registry_place_find(root, uid, life_name, &place))
		return false;
	fd = life_open(&place, uid, 0);
	if (fd >= 0) {
		over = given_away(fd, number) && !life_locked(fd, number);
		(void)close(fd);
	}
	registry_place_end(&place);
	return over;
}

bool process_life_over(uint64_t thread_id, uint64_t life)
{
	uint32_t number = (uint32_t)(life >> 32);
	uint32_t uid[REGISTRY_USERS];
	unsigned users;

	if (!number || (uint32_t)life != (uint32_t)(thread_id >> 32))
		return false;
	users = registry_users(uid);
	for (unsigned i = 0; i < users * REGISTRY_ROOTS; i++)
		if (over_under(registry_root(i % REGISTRY_ROOTS),
			       uid[i / REGISTRY_ROOTS], number))
			return true;
	return false;
}

bool thread_dead(uint64_t thread_id, uint64_t life)
{
	return thread_id_dead(thread_id) || process_life_over(thread_id, life);
}

/* ---- leaving nothing behind ---- */

void process_life_collect(const char *root, uint32_t uid)
{
	struct registry_place place;
	int fd;

	if (!registry_place_find(root, uid, life_name, &place))
		return;
	fd = life_open(&place, uid, 0);
	if (fd >= 0) {
		if (life_lock(fd, -1, F_WRLCK) &&
		    registry_place_leads_to(&place, fd))
			(void)unlinkat(place.folder, place.path, 0);
		(void)close(fd);
	}
	registry_place_end(&place);
}
