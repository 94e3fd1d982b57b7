/* SPDX-License-Identifier: MIT */
/*
 * Names of system calls; their numbers differ by machine. CMake takes them from
 * the kernel's headers when it configures (bench/counters/syscall_table.cmake).
 */
#include "count.h"

#include <stdio.h>
#include <sys/syscall.h>

static const char *const names[COUNT_CALLS_MAX] = {
#include "syscall_table.h"
};

const char *count_call_name(unsigned number, char *text, size_t bytes)
{
	if (number < COUNT_CALLS_MAX && names[number])
		return names[number];
	snprintf(text, bytes, "call_%u", number);
	return text;
}
