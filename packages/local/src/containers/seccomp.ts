/** What programs of every language are made of: files, memory, processes, time, sockets. Each line is one theme. */
const allowed: readonly string[] = `
read readv pread64 preadv preadv2 write writev pwrite64 pwritev pwritev2 lseek sendfile splice tee vmsplice copy_file_range
open openat openat2 creat close close_range dup dup2 dup3 fcntl flock ioctl pipe pipe2 memfd_create
stat lstat fstat newfstatat statx statfs fstatfs access faccessat faccessat2 readlink readlinkat getdents getdents64 getcwd
chdir fchdir mkdir mkdirat rmdir rename renameat renameat2 link linkat symlink symlinkat unlink unlinkat mknod mknodat umask
chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat utime utimes utimensat futimesat
truncate ftruncate fallocate fadvise64 readahead sync syncfs fsync fdatasync sync_file_range
getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr
inotify_init inotify_init1 inotify_add_watch inotify_rm_watch
brk mmap munmap mremap mprotect madvise msync mincore mlock mlock2 mlockall munlock munlockall membarrier get_mempolicy
pkey_alloc pkey_free pkey_mprotect memfd_secret cachestat map_shadow_stack
select pselect6 poll ppoll epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_wait epoll_wait_old epoll_pwait epoll_pwait2
eventfd eventfd2 signalfd signalfd4 timerfd_create timerfd_settime timerfd_gettime
bind listen accept accept4 connect shutdown socketpair getsockname getpeername getsockopt setsockopt
send sendto sendmsg sendmmsg recv recvfrom recvmsg recvmmsg
fork vfork execve execveat exit exit_group wait4 waitid waitpid kill tkill tgkill pidfd_open pidfd_send_signal
rt_sigaction rt_sigprocmask rt_sigpending rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_tgsigqueueinfo sigaltstack
pause alarm restart_syscall getitimer setitimer timer_create timer_delete timer_getoverrun timer_gettime timer_settime
nanosleep clock_nanosleep clock_gettime clock_getres gettimeofday time times
futex futex_waitv futex_wake futex_wait futex_requeue get_robust_list set_robust_list set_tid_address rseq
getpid getppid gettid getpgid getpgrp setpgid getsid setsid getuid geteuid getgid getegid getgroups getresuid getresgid
setuid setgid setreuid setregid setresuid setresgid setfsuid setfsgid setgroups capget capset prctl arch_prctl
getrlimit setrlimit prlimit64 getrusage getpriority setpriority ioprio_get ioprio_set uname sysinfo getcpu getrandom
sched_yield sched_getaffinity sched_setaffinity sched_getparam sched_setparam sched_getscheduler sched_setscheduler
sched_get_priority_max sched_get_priority_min sched_rr_get_interval sched_getattr sched_setattr
io_setup io_destroy io_submit io_cancel io_getevents io_pgetevents
mq_open mq_unlink mq_timedsend mq_timedreceive mq_notify mq_getsetattr
msgget msgctl msgsnd msgrcv semget semctl semop semtimedop shmget shmat shmctl shmdt
landlock_create_ruleset landlock_add_rule landlock_restrict_self seccomp
`
  .trim()
  .split(/\s+/);

/** Known, and nobody's business in a container: other processes' memory, mounts, namespaces, keys, and the kernel itself. */
const refused: readonly string[] = `
ptrace process_vm_readv process_vm_writev process_madvise process_mrelease pidfd_getfd kcmp
mount umount umount2 mount_setattr move_mount open_tree fsopen fsconfig fsmount fspick pivot_root chroot statmount listmount
unshare setns sethostname setdomainname name_to_handle_at open_by_handle_at fanotify_init fanotify_mark quotactl quotactl_fd
add_key request_key keyctl bpf perf_event_open userfaultfd io_uring_setup io_uring_enter io_uring_register
init_module finit_module delete_module create_module kexec_load kexec_file_load reboot swapon swapoff acct syslog
settimeofday clock_settime clock_adjtime adjtimex stime iopl ioperm vhangup nfsservctl lookup_dcookie vm86 vm86old uselib
mbind set_mempolicy set_mempolicy_home_node migrate_pages move_pages
`
  .trim()
  .split(/\s+/);

const errors = { EPERM: 1, ENOSYS: 38 };
/** Unix, IPv4, IPv6, and netlink, by which a program learns of its network's addresses. */
const families = [1, 2, 10, 16];
/** Linux, and a 32-bit look of it, with and without fixed addresses: what language runtimes ask for, and the present one. */
const personalities = [0x0, 0x0008, 0x20000, 0x20008, 0xffffffff];
/** All flags of clone that make a namespace. */
const namespaceFlags = 0x7e02_0000;

export interface SeccompRule {
  names: readonly string[];
  action: 'SCMP_ACT_ALLOW' | 'SCMP_ACT_ERRNO';
  errnoRet?: number;
  args?: SeccompArgument[];
}

interface SeccompArgument {
  index: number;
  value: number;
  valueTwo?: number;
  op: 'SCMP_CMP_EQ' | 'SCMP_CMP_MASKED_EQ';
}

export interface SeccompProfile {
  defaultAction: 'SCMP_ACT_ERRNO';
  defaultErrnoRet: number;
  syscalls: SeccompRule[];
}

/**
 * The system calls of a container, as a list of those that are allowed, for programs of the machine's own architecture. One that
 * is not named is answered as a kernel answers that does not have it yet, for which every C library is prepared; one that is
 * known and refused, as forbidden.
 */
export const seccompProfile: SeccompProfile = {
  defaultAction: 'SCMP_ACT_ERRNO',
  defaultErrnoRet: errors.ENOSYS,
  syscalls: [
    { names: allowed, action: 'SCMP_ACT_ALLOW' },
    { names: refused, action: 'SCMP_ACT_ERRNO', errnoRet: errors.EPERM },
    ...families.map((value) => allowedWith('socket', { index: 0, value, op: 'SCMP_CMP_EQ' })),
    ...personalities.map((value) => allowedWith('personality', { index: 0, value, op: 'SCMP_CMP_EQ' })),
    allowedWith('clone', { index: 0, value: namespaceFlags, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }),
    // Its flags are in memory, where a filter cannot see them: without it, clone is used.
    { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: errors.ENOSYS },
  ],
};

function allowedWith(name: string, argument: SeccompArgument): SeccompRule {
  return { names: [name], action: 'SCMP_ACT_ALLOW', args: [argument] };
}
