/* SPDX-License-Identifier: MIT */
/*
 * The result code of each errno that the kernel may give: never IPCM_INVALID,
 * since the caller's arguments were checked before, and the documented one
 * where a program can do something about it.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "impls/core/errno_status.h"
#include "impls/testkit/check.h"

/* The kernel's errnos end below (MAX_ERRNO in linux/err.h). */
#define ERRNO_END 4096

static const struct {
	int error;
	enum ipcm_status status;
} expected[] = {
	{EMFILE, IPCM_LIMIT},	 {EFBIG, IPCM_LIMIT},	{EOVERFLOW, IPCM_LIMIT},
	{EAGAIN, IPCM_LIMIT},	 {ENOMEM, IPCM_NOMEM},	{ENOSPC, IPCM_NOMEM},
	{EACCES, IPCM_PERM},	 {EROFS, IPCM_PERM},	{ELOOP, IPCM_PERM},
	{ENOSYS, IPCM_NOTSUP},	 {ENODEV, IPCM_NOTSUP}, {EEXIST, IPCM_EXISTS},
	{ENOENT, IPCM_NOTFOUND}, {EIDRM, IPCM_REMOVED}, {EPIPE, IPCM_BROKEN},
	{EIO, IPCM_SYSTEM},	 {EINVAL, IPCM_SYSTEM}, {EBADF, IPCM_SYSTEM},
};

int main(void)
{
	CHECK_IS(status_from_errno(0), IPCM_OK);
	for (int error = 1; error < ERRNO_END; error++) {
		enum ipcm_status status = status_from_errno(error);

		CHECK(status != IPCM_OK && status != IPCM_INVALID,
		      "errno %d (%s) is %s", error, strerror(error),
		      ipcm_status_name(status));
		/* what such calls never mean */
		CHECK(status < IPCM_STATUS_COUNT && status != IPCM_CLOSED &&
			      status != IPCM_END,
		      "errno %d (%s) is %s", error, strerror(error),
		      ipcm_status_name(status));
	}
	CHECK_IS(status_from_errno(ERRNO_END), IPCM_SYSTEM);
	CHECK_IS(status_from_errno(-1), IPCM_SYSTEM);
	for (size_t i = 0; i < sizeof(expected) / sizeof(*expected); i++)
		CHECK(status_from_errno(expected[i].error) ==
			      expected[i].status,
		      "errno %d (%s) is %s", expected[i].error,
		      strerror(expected[i].error),
		      ipcm_status_name(status_from_errno(expected[i].error)));
	return check_failures() ? 1 : 0;
}
