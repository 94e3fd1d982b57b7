/* SPDX-License-Identifier: MIT */
/*
 * The file of memory without a name: a memfd that is sealed, so that no user
 * can take pages away from under the others (SIGBUS).
 *
 * memfd_create(2) may be refused: by a seccomp filter (EPERM, ENOSYS), by the
 * sysctl vm.memfd_noexec of a kernel that knows MFD_NOEXEC_SEAL only as a
 * demand (EACCES). Then it is a file without a name in /dev/shm, else /tmp
 * (O_TMPFILE): as large as that file system allows, and without seals. Its
 * users are trusted then, as those of a named object are.
 */
#ifndef IPCMARK_IMPLS_CORE_MEMORY_SHM_FILE_H
#define IPCMARK_IMPLS_CORE_MEMORY_SHM_FILE_H

#include <stdbool.h>

#include "ipcmark/status.h"

/**
 * A new empty one, close-on-exec.
 * IPCM_PERM or IPCM_NOTSUP: memfd_create is refused, and no file can be made
 */
enum ipcm_status shm_file_create(int *ret_fd);

/**
 * Add seals, fcntl(2), F_SEAL_SEAL among them. Does nothing to a file that
 * stands for a memfd.
 */
enum ipcm_status shm_file_seal(int fd, int seals);

/**
 * For memory that another process sends: can it not shrink? Where this process
 * is refused memfds, the other one probably is, and every file will do.
 */
bool shm_file_keeps_its_size(int fd);

#endif
