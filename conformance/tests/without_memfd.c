/* SPDX-License-Identifier: MIT */
/*
 * without_memfd COMMAND...: run it under a seccomp filter that refuses
 * memfd_create(2), as those of some containers and services do.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int refuse(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_memfd_create, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof(filter) / sizeof(filter[0]),
				     filter};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) ||
	       memfd_create("refused", 0) >= 0;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	if (refuse()) {
		(void)fprintf(stderr, "a seccomp filter is not allowed here\n");
		return 77;
	}
	(void)execvp(argv[1], argv + 1);
	perror(argv[1]);
	return 127;
}
