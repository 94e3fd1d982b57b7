/* SPDX-License-Identifier: MIT */
#include "robust_entry.h"

#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

_Thread_local struct robust_entry robust_entry;
/* For a kernel that refuses the list (seccomp): only liveness checks remain. */
static _Thread_local struct robust_list_head no_list;

void robust_entry_find(void)
{
	size_t length;

	if (syscall(SYS_get_robust_list, 0, &robust_entry.head, &length) ||
	    !robust_entry.head)
		robust_entry.head = &no_list;
	robust_entry.watched = robust_entry.head != &no_list;
}

/* clone(2) gives a child no list; fork(3) and _Fork(3) do. */
static void list_register(void)
{
	struct robust_list_head *found;
	size_t length;

	if (!syscall(SYS_get_robust_list, 0, &found, &length) && !found)
		(void)syscall(SYS_set_robust_list, robust_entry.head,
			      sizeof(*robust_entry.head));
}

void robust_entry_renew(bool foreign)
{
	if (robust_entry.watched)
		list_register();
	if (!foreign)
		return;
	/* the caller may be about to take a lock, and have announced it */
	if (robust_entry.head)
		robust_entry.head->list_op_pending = NULL;
	robust_entry.head = &no_list;
	robust_entry.watched = false;
}
