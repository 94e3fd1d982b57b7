/* SPDX-License-Identifier: MIT */
/* Names of the system calls that mechanisms make; numbers differ by machine. */
#include "count.h"

#include <stdio.h>
#include <sys/syscall.h>

static const char *const names[COUNT_CALLS_MAX] = {
	[SYS_read] = "read",
	[SYS_write] = "write",
	[SYS_readv] = "readv",
	[SYS_writev] = "writev",
	[SYS_pread64] = "pread64",
	[SYS_pwrite64] = "pwrite64",
	[SYS_preadv] = "preadv",
	[SYS_pwritev] = "pwritev",
	[SYS_preadv2] = "preadv2",
	[SYS_pwritev2] = "pwritev2",
	[SYS_sendto] = "sendto",
	[SYS_recvfrom] = "recvfrom",
	[SYS_sendmsg] = "sendmsg",
	[SYS_recvmsg] = "recvmsg",
	[SYS_sendmmsg] = "sendmmsg",
	[SYS_recvmmsg] = "recvmmsg",
	[SYS_shutdown] = "shutdown",
	[SYS_socket] = "socket",
	[SYS_socketpair] = "socketpair",
	[SYS_connect] = "connect",
	[SYS_accept] = "accept",
	[SYS_accept4] = "accept4",
	[SYS_bind] = "bind",
	[SYS_listen] = "listen",
	[SYS_getsockopt] = "getsockopt",
	[SYS_setsockopt] = "setsockopt",
	[SYS_ppoll] = "ppoll",
	[SYS_pselect6] = "pselect6",
	[SYS_epoll_create1] = "epoll_create1",
	[SYS_epoll_ctl] = "epoll_ctl",
	[SYS_epoll_pwait] = "epoll_pwait",
	[SYS_eventfd2] = "eventfd2",
	[SYS_pipe2] = "pipe2",
	[SYS_splice] = "splice",
	[SYS_vmsplice] = "vmsplice",
	[SYS_tee] = "tee",
	[SYS_futex] = "futex",
	[SYS_msgget] = "msgget",
	[SYS_msgsnd] = "msgsnd",
	[SYS_msgrcv] = "msgrcv",
	[SYS_msgctl] = "msgctl",
	[SYS_semget] = "semget",
	[SYS_semop] = "semop",
	[SYS_semtimedop] = "semtimedop",
	[SYS_semctl] = "semctl",
	[SYS_shmget] = "shmget",
	[SYS_shmat] = "shmat",
	[SYS_shmdt] = "shmdt",
	[SYS_shmctl] = "shmctl",
	[SYS_mq_open] = "mq_open",
	[SYS_mq_unlink] = "mq_unlink",
	[SYS_mq_timedsend] = "mq_timedsend",
	[SYS_mq_timedreceive] = "mq_timedreceive",
	[SYS_mq_notify] = "mq_notify",
	[SYS_mq_getsetattr] = "mq_getsetattr",
	[SYS_sched_yield] = "sched_yield",
	[SYS_sched_setaffinity] = "sched_setaffinity",
	[SYS_sched_getaffinity] = "sched_getaffinity",
	[SYS_nanosleep] = "nanosleep",
	[SYS_clock_nanosleep] = "clock_nanosleep",
	[SYS_clock_gettime] = "clock_gettime",
	[SYS_gettimeofday] = "gettimeofday",
	[SYS_getpid] = "getpid",
	[SYS_gettid] = "gettid",
	[SYS_getppid] = "getppid",
	[SYS_getuid] = "getuid",
	[SYS_kill] = "kill",
	[SYS_tkill] = "tkill",
	[SYS_tgkill] = "tgkill",
	[SYS_rt_sigqueueinfo] = "rt_sigqueueinfo",
	[SYS_rt_sigaction] = "rt_sigaction",
	[SYS_rt_sigprocmask] = "rt_sigprocmask",
	[SYS_rt_sigreturn] = "rt_sigreturn",
	[SYS_rt_sigtimedwait] = "rt_sigtimedwait",
	[SYS_rt_sigsuspend] = "rt_sigsuspend",
	[SYS_restart_syscall] = "restart_syscall",
	[SYS_mmap] = "mmap",
	[SYS_munmap] = "munmap",
	[SYS_mremap] = "mremap",
	[SYS_mprotect] = "mprotect",
	[SYS_madvise] = "madvise",
	[SYS_mincore] = "mincore",
	[SYS_brk] = "brk",
	[SYS_mlock] = "mlock",
	[SYS_memfd_create] = "memfd_create",
	[SYS_ftruncate] = "ftruncate",
	[SYS_fallocate] = "fallocate",
	[SYS_openat] = "openat",
	[SYS_close] = "close",
	[SYS_dup] = "dup",
	[SYS_dup3] = "dup3",
	[SYS_fcntl] = "fcntl",
	[SYS_flock] = "flock",
	[SYS_ioctl] = "ioctl",
	[SYS_lseek] = "lseek",
	[SYS_fstat] = "fstat",
	[SYS_statx] = "statx",
	[SYS_unlinkat] = "unlinkat",
	[SYS_linkat] = "linkat",
	[SYS_getrandom] = "getrandom",
	[SYS_getrusage] = "getrusage",
	[SYS_getcpu] = "getcpu",
	[SYS_membarrier] = "membarrier",
	[SYS_set_robust_list] = "set_robust_list",
	[SYS_get_robust_list] = "get_robust_list",
	[SYS_process_vm_readv] = "process_vm_readv",
	[SYS_process_vm_writev] = "process_vm_writev",
	[SYS_wait4] = "wait4",
	[SYS_waitid] = "waitid",
	[SYS_clone] = "clone",
	[SYS_execve] = "execve",
	[SYS_exit] = "exit",
	[SYS_exit_group] = "exit_group",
	[SYS_timerfd_settime] = "timerfd_settime",
	[SYS_timerfd_gettime] = "timerfd_gettime",
	[SYS_signalfd4] = "signalfd4",
	[SYS_prctl] = "prctl",
	[SYS_perf_event_open] = "perf_event_open",
	[SYS_getdents64] = "getdents64",
	[SYS_readlinkat] = "readlinkat",
/* not on every machine, or not in older headers */
#ifdef SYS_poll
	[SYS_poll] = "poll",
#endif
#ifdef SYS_select
	[SYS_select] = "select",
#endif
#ifdef SYS_epoll_wait
	[SYS_epoll_wait] = "epoll_wait",
#endif
#ifdef SYS_epoll_pwait2
	[SYS_epoll_pwait2] = "epoll_pwait2",
#endif
#ifdef SYS_pipe
	[SYS_pipe] = "pipe",
#endif
#ifdef SYS_futex_waitv
	[SYS_futex_waitv] = "futex_waitv",
#endif
#ifdef SYS_futex_wait
	[SYS_futex_wait] = "futex_wait",
#endif
#ifdef SYS_futex_wake
	[SYS_futex_wake] = "futex_wake",
#endif
#ifdef SYS_pause
	[SYS_pause] = "pause",
#endif
#ifdef SYS_open
	[SYS_open] = "open",
#endif
#ifdef SYS_openat2
	[SYS_openat2] = "openat2",
#endif
#ifdef SYS_dup2
	[SYS_dup2] = "dup2",
#endif
#ifdef SYS_newfstatat
	[SYS_newfstatat] = "newfstatat",
#endif
#ifdef SYS_unlink
	[SYS_unlink] = "unlink",
#endif
#ifdef SYS_rename
	[SYS_rename] = "rename",
#endif
#ifdef SYS_pidfd_open
	[SYS_pidfd_open] = "pidfd_open",
#endif
#ifdef SYS_pidfd_send_signal
	[SYS_pidfd_send_signal] = "pidfd_send_signal",
#endif
#ifdef SYS_clone3
	[SYS_clone3] = "clone3",
#endif
#ifdef SYS_fork
	[SYS_fork] = "fork",
#endif
#ifdef SYS_vfork
	[SYS_vfork] = "vfork",
#endif
#ifdef SYS_io_uring_enter
	[SYS_io_uring_enter] = "io_uring_enter",
#endif
#ifdef SYS_readlink
	[SYS_readlink] = "readlink",
#endif
};

const char *count_call_name(unsigned number, char *text, size_t bytes)
{
	if (number < COUNT_CALLS_MAX && names[number])
		return names[number];
	snprintf(text, bytes, "call_%u", number);
	return text;
}
