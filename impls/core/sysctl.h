/* SPDX-License-Identifier: MIT */
/*
 * Limits of the system, proc(5): one number in a file under /proc/sys.
 */
#ifndef IPCMARK_IMPLS_CORE_SYSCTL_H
#define IPCMARK_IMPLS_CORE_SYSCTL_H

/** The number in the file, or `otherwise` if it cannot be read. */
long sysctl_read(const char *path, long otherwise);

#endif
