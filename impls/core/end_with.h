/* SPDX-License-Identifier: MIT */
/*
 * For helpers of tests and measurements, which must not outlive their parent
 * and, unlike daemons, may have children.
 */
#ifndef IPCMARK_IMPLS_CORE_END_WITH_H
#define IPCMARK_IMPLS_CORE_END_WITH_H

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

/**
 * In a child: be killed when the parent ends, or the thread of it that forked.
 * @param parent its id, found before the fork; if it has ended, this exits
 */
static inline void end_with(pid_t parent)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
}

#endif
