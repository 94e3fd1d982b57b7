/* SPDX-License-Identifier: MIT */
/*
 * Opening by name. Races between two system calls, and the answer to each:
 * - another process removes the dead file that this one is about to share, or
 *   its name: after this process has the lock, the name must still lead to its
 *   file, else it starts again;
 * - the last user closes while this process opens: either this one is counted
 *   in time and the object stays, or the mechanism's object is gone and the
 *   file is dead;
 * - several processes create the same name: link(2) succeeds for one of them,
 *   the others open its object;
 * - the creator dies: it has published everything or nothing.
 */
#include "named_object.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

#include "impls/core/errno_status.h"
#include "impls/core/sync/clock.h"
#include "impls/core/sync/pid_namespace.h"
#include "file_lock.h"
#include "registry_folder.h"
#include "impls/core/memory/shm_map.h"

/* A process waits here only while another one is stopped between lock and
 * unlink. */
#define SPIN_BUDGET_NS NS_PER_S
#define BACKOFF_NS     (NS_PER_MS / 5)

/* In this file only: the file that was found is being removed, look again. */
#define AGAIN IPCM_WOULDBLOCK

#define ACCESS_FLAGS                                                           \
	((unsigned)IPCM_ACCESS_CREATE | (unsigned)IPCM_ACCESS_EXCLUSIVE)

enum ipcm_status named_check(const struct ipcm_backend *backend,
			     const char *name, const struct ipcm_access *access,
			     unsigned flags_allowed)
{
	const unsigned both =
		(unsigned)IPCM_ACCESS_GET_ONLY | (unsigned)IPCM_ACCESS_PUT_ONLY;

	if (!access || !name_is_legal(name) || !name_is_legal(backend->name))
		return IPCM_INVALID;
	if (access->flags & ~(ACCESS_FLAGS | flags_allowed) ||
	    (access->flags & both) == both || access->mode & ~0777u)
		return IPCM_INVALID;
	if (access->flags & IPCM_ACCESS_EXCLUSIVE &&
	    !(access->flags & IPCM_ACCESS_CREATE))
		return IPCM_INVALID;
	return backend->capabilities & IPCM_CAP_NAMED ? IPCM_OK : IPCM_NOTSUP;
}

/* ---- parts ---- */

static uint64_t header_bytes(void)
{
	return shm_map_round(sizeof(struct named_header));
}

enum ipcm_status named_shm_map(struct named *named, size_t bytes,
			       void **ret_memory)
{
	uint64_t size = shm_map_round(bytes);
	enum ipcm_status status;

	if (!named->header)
		return shm_map_create(bytes, ret_memory);
	if (!named->creating && size > named->file_bytes - named->used_bytes)
		return IPCM_CORRUPT;
	status = shm_map_file(named->entry.fd, named->used_bytes, bytes,
			      named->creating, ret_memory);
	if (!status)
		named->used_bytes += size;
	return status;
}

enum ipcm_status named_shared_buffer(struct named *named,
				     struct shared_buffer *shared_buffer,
				     uint64_t assembly_most,
				     struct shared_buffer_shared *shared)
{
	if (!named->header)
		return shared_buffer_open(shared_buffer, assembly_most, shared);
	return shared_buffer_open_in(shared_buffer, named->entry.fd,
				     named->used_bytes, assembly_most, shared);
}

static void unmap_header(struct named *named)
{
	shm_map_destroy(named->header, (size_t)header_bytes());
	named->header = NULL;
}

void named_close(struct named *named)
{
	if (!named->header)
		return;
	unmap_header(named);
	resource_close(&named->entry);
}

/* ---- opening ---- */

/* Open the path: a regular file, or a status. */
static enum ipcm_status open_path(const char *path, int *ret_fd,
				  struct stat *ret_info)
{
	int fd = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	enum ipcm_status status;

	if (fd < 0) {
		/* a link, a directory: not made by the library */
		if (errno == ELOOP || errno == EISDIR || errno == ENXIO)
			return IPCM_PERM;
		return status_from_errno(errno);
	}
	status = fstat(fd, ret_info)	      ? status_from_errno(errno)
		 : S_ISREG(ret_info->st_mode) ? IPCM_OK
					      : IPCM_PERM;
	if (status)
		(void)close(fd);
	else
		*ret_fd = fd;
	return status;
}

/*
 * Become a user of the file that the path leads to. AGAIN: it is being
 * removed; IPCM_NOTFOUND: it was dead, and its name is removed now.
 */
static enum ipcm_status join_file(const char *path, int fd)
{
	enum ipcm_status status;

	switch (file_join(fd)) {
	case FILE_ALIVE:
		status = name_check(path, fd);
		return status == IPCM_NOTFOUND ? AGAIN : status;
	case FILE_DEAD:
		status = name_remove(path, fd);
		return status ? status : IPCM_NOTFOUND;
	case FILE_LEAVING:
	case FILE_UNKNOWN:
		break;
	}
	return AGAIN;
}

/* Thread ids, which name owners, mean nothing in another PID namespace. */
static bool is_of_our_namespace(const struct named_header *header)
{
	uint64_t own = pid_namespace_own();

	return !own || !header->pid_namespace || own == header->pid_namespace;
}

/* Does the header match the request? */
static enum ipcm_status check_header(const struct named_request *request,
				     const struct named_header *header,
				     const struct stat *info)
{
	if (header->kind != (uint32_t)request->kind ||
	    header->layout != request->layout ||
	    strcmp(header->backend, request->backend->name) != 0 ||
	    strcmp(header->name, request->name) != 0)
		return IPCM_INVALID;
	/* the file's own mode always admits its owner: see named_file.h */
	if (info->st_uid == geteuid() && geteuid() != 0 &&
	    (header->mode & 0600) != 0600)
		return IPCM_PERM;
	return is_of_our_namespace(header) ? IPCM_OK : IPCM_NOTSUP;
}

/* Map the header of a file that we use. */
static enum ipcm_status adopt_file(const struct named_request *request, int fd,
				   const struct stat *info,
				   struct named *ret_named)
{
	struct named named = {.file_bytes = (uint64_t)info->st_size,
			      .used_bytes = header_bytes()};
	struct named_header header;
	enum ipcm_status status;
	void *memory;

	if (named.file_bytes < named.used_bytes)
		return IPCM_INVALID;
	status = named_header_read(fd, &header);
	if (!status)
		status = check_header(request, &header, info);
	if (status)
		return status;
	status = shm_map_file(fd, 0, (size_t)named.used_bytes, false, &memory);
	if (status)
		return status;
	named.header = memory;
	named.entry = (struct resource_entry){
		RESOURCE_OBJECT, header.resource_key, fd, info->st_uid};
	*ret_named = named;
	return IPCM_OK;
}

/* Look under one root, once. */
static enum ipcm_status find_under(const struct named_request *request,
				   const char *root, struct named *ret_named)
{
	char path[NAMED_PATH_BYTES];
	enum ipcm_status status;
	struct stat info;
	int fd = -1;

	name_path(root, request->backend->name, request->name, path);
	status = open_path(path, &fd, &info);
	if (status)
		return status;
	status = join_file(path, fd);
	if (!status && fstat(fd, &info))
		status = status_from_errno(errno);
	if (!status)
		status = adopt_file(request, fd, &info, ret_named);
	if (status)
		(void)close(fd);
	if (status == IPCM_NOTFOUND)
		(void)resource_collect(); /* what the dead object left */
	return status;
}

static enum ipcm_status find(const struct named_request *request,
			     struct named *ret_named)
{
	const struct timespec backoff = {0, BACKOFF_NS};
	int64_t deadline = clock_now() + SPIN_BUDGET_NS;
	enum ipcm_status status;

	do {
		status = IPCM_NOTFOUND;
		for (size_t i = 0; status == IPCM_NOTFOUND && registry_root(i);
		     i++)
			status = find_under(request, registry_root(i),
					    ret_named);
		if (status != AGAIN)
			return status;
		(void)nanosleep(&backoff, NULL);
	} while (!clock_past(deadline));
	return IPCM_LIMIT;
}

/* The file has users, but the mechanism's object is gone: remove the name. */
static void remove_dead(const struct named_request *request,
			struct named *named)
{
	char path[NAMED_PATH_BYTES];

	for (size_t i = 0; registry_root(i); i++) {
		name_path(registry_root(i), request->backend->name,
			  request->name, path);
		(void)name_remove(path, named->entry.fd);
	}
	named_close(named);
}

/* IPCM_NOTFOUND: there is no such object, or it was removed meanwhile. */
static enum ipcm_status open_existing(const struct named_request *request,
				      void *object, struct named *ret_named)
{
	struct named named;
	enum ipcm_status status = find(request, &named);

	if (status)
		/* the name is taken, even if this process may not open the
		 * object */
		return status == IPCM_PERM || status == IPCM_INVALID ||
				       status == IPCM_NOTSUP
			       ? (request->access->flags & IPCM_ACCESS_EXCLUSIVE
					  ? IPCM_EXISTS
					  : status)
			       : status;
	if (request->access->flags & IPCM_ACCESS_EXCLUSIVE) {
		named_close(&named);
		return IPCM_EXISTS;
	}
	status = request->enter(object, &named);
	if (!status)
		*ret_named = named;
	else if (status == IPCM_NOTFOUND)
		remove_dead(request, &named);
	else
		named_close(&named);
	return status;
}

/* ---- creating ---- */

static enum ipcm_status create_file(const struct named_request *request,
				    struct named *ret_named)
{
	struct named named = {.used_bytes = header_bytes(), .creating = true};
	struct named_header *header;
	enum ipcm_status status =
		resource_open_for(object_owner_get(), NULL, RESOURCE_OBJECT,
				  request->access->mode, &named.entry);
	struct stat info;
	void *memory;

	if (status)
		return status;
	/* mapped last: a failure has nothing to unmap */
	if (fstat(named.entry.fd, &info))
		status = status_from_errno(errno);
	if (!status)
		status = shm_map_file(named.entry.fd, 0,
				      (size_t)named.used_bytes, true, &memory);
	if (status) {
		resource_forget(&named.entry);
		return status;
	}
	header = memory;
	header->version = NAMED_VERSION;
	header->kind = (uint32_t)request->kind;
	header->layout = request->layout;
	/* the file has the mode after the umask; owner bits were added */
	header->mode =
		(uint32_t)info.st_mode & 0777 & (request->access->mode | 0077);
	header->key.mode = (uint32_t)info.st_mode & 0777;
	header->resource_key = named.entry.key;
	header->pid_namespace = pid_namespace_own();
	(void)snprintf(header->backend, sizeof(header->backend), "%s",
		       request->backend->name);
	(void)snprintf(header->name, sizeof(header->name), "%s", request->name);
	named.header = header;
	*ret_named = named;
	return IPCM_OK;
}

static void discard_file(struct named *named)
{
	unmap_header(named);
	resource_forget(&named->entry);
}

/* IPCM_EXISTS: another creator was faster. */
static enum ipcm_status create_new(const struct named_request *request,
				   void *object, struct named *ret_named)
{
	struct named named;
	enum ipcm_status status = create_file(request, &named);

	if (status)
		return status;
	status = request->enter(object, &named);
	if (status) {
		discard_file(&named);
		return status;
	}
	named.header->magic = NAMED_MAGIC;
	status = resource_publish(&named.entry, request->backend->name,
				  request->name);
	if (status) {
		request->leave(object);
		discard_file(&named);
		return status;
	}
	named.creating = false;
	named.file_bytes = named.used_bytes;
	*ret_named = named;
	return IPCM_OK;
}

static enum ipcm_status create_in_turn(const struct named_request *request,
				       void *object, struct named *ret_named)
{
	enum ipcm_status status;
	int turn;

	resource_collect_some();
	turn = registry_turn();
	status = open_existing(request, object, ret_named);
	if (status == IPCM_NOTFOUND)
		status = create_new(request, object, ret_named);
	registry_turn_end(turn);
	return status;
}

enum ipcm_status named_open(const struct named_request *request, void *object,
			    struct named *ret_named)
{
	const unsigned flags = request->access->flags;
	int64_t deadline = clock_now() + SPIN_BUDGET_NS;
	enum ipcm_status status;

	do {
		status = open_existing(request, object, ret_named);
		if (status != IPCM_NOTFOUND || !(flags & IPCM_ACCESS_CREATE))
			return status;
		status = create_in_turn(request, object, ret_named);
		/* EXISTS without EXCLUSIVE: open what the faster creator made
		 */
	} while (
		(status == IPCM_NOTFOUND ||
		 (status == IPCM_EXISTS && !(flags & IPCM_ACCESS_EXCLUSIVE))) &&
		!clock_past(deadline));
	return status == IPCM_NOTFOUND ? IPCM_LIMIT : status;
}

/* ---- unlinking ---- */

static enum ipcm_status unlink_under(const char *root, const char *backend,
				     const char *name)
{
	char path[NAMED_PATH_BYTES];
	enum ipcm_status status;
	struct stat info;
	bool dead;
	int fd = -1;

	name_path(root, backend, name, path);
	status = open_path(path, &fd, &info);
	if (status)
		return status;
	if (info.st_uid != geteuid() && geteuid() != 0) {
		(void)close(fd);
		return IPCM_PERM;
	}
	/* a file without users is no object */
	dead = file_lock(fd, LOCK_USERS, F_WRLCK);
	status = name_remove(path, fd);
	(void)close(fd);
	if (dead)
		(void)resource_collect();
	return !status && dead ? IPCM_NOTFOUND : status;
}

enum ipcm_status named_unlink(const struct ipcm_backend *backend,
			      const char *name)
{
	enum ipcm_status status = IPCM_NOTFOUND;

	for (size_t i = 0; status == IPCM_NOTFOUND && registry_root(i); i++)
		status = unlink_under(registry_root(i), backend->name, name);
	return status;
}
