"""System calls that no model needs, with their numbers on x86-64 and 64-bit ARM (None: there is none)."""

from __future__ import annotations

Numbers = tuple[int | None, int | None]

MACHINES = ("x86_64", "aarch64")
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
"""As the kernel names them: AUDIT_ARCH_X86_64 and AUDIT_ARCH_AARCH64."""

REFUSED: dict[str, Numbers] = {
    # New processes. Threads are `clone` with a flag that is looked at.
    "fork": (57, None), "vfork": (58, None), "execve": (59, 221), "execveat": (322, 281),
    # Other processes: looking into them, signals by handle, their memory and their turn.
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "pidfd_open": (434, 434), "pidfd_getfd": (438, 438), "pidfd_send_signal": (424, 424), "tkill": (200, 130),
    "process_madvise": (440, 440), "process_mrelease": (448, 448), "migrate_pages": (256, 238),
    "move_pages": (279, 239), "setpriority": (141, 140), "ioprio_set": (251, 30), "sched_setscheduler": (144, 119),
    "sched_setparam": (142, 118), "sched_setattr": (314, 274),
    # Sockets of every kind: those of the file system do not know network namespaces.
    "socket": (41, 198), "socketpair": (53, 199), "connect": (42, 203), "bind": (49, 200),
    # What outlives the process: memory and queues of System V and POSIX.
    "shmget": (29, 194), "msgget": (68, 186), "semget": (64, 190), "mq_open": (240, 180),
    # Files without a path, which no folder shows.
    "memfd_create": (319, 279), "memfd_secret": (447, 447),
    # What Landlock leaves alone: modes, owners, times and attributes of files of the same user; links and devices.
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452), "chown": (92, None),
    "fchown": (93, 55), "lchown": (94, None), "fchownat": (260, 54), "utime": (132, None), "utimes": (235, None),
    "futimesat": (261, None), "utimensat": (280, 88), "setxattr": (188, 5), "lsetxattr": (189, 6),
    "fsetxattr": (190, 7), "setxattrat": (463, 463), "removexattr": (197, 14), "lremovexattr": (198, 15),
    "fremovexattr": (199, 16), "removexattrat": (466, 466), "file_setattr": (469, 469), "mknod": (133, None),
    "mknodat": (259, 33), "link": (86, None), "linkat": (265, 37), "symlink": (88, None), "symlinkat": (266, 36),
    # File systems, namespaces, files without a path.
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "unshare": (272, 97),
    "setns": (308, 268), "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433),
    "open_tree": (428, 428), "open_tree_attr": (467, 467), "move_mount": (429, 429), "mount_setattr": (442, 442),
    "quotactl": (179, 60), "quotactl_fd": (443, 443), "open_by_handle_at": (304, 265),
    "name_to_handle_at": (303, 264), "fanotify_init": (300, 262),
    # The kernel itself, its keys and its programs.
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "init_module": (175, 105), "finit_module": (313, 273),
    "delete_module": (176, 106), "reboot": (169, 142), "swapon": (167, 224), "swapoff": (168, 225), "acct": (163, 89),
    "syslog": (103, 116), "sethostname": (170, 161), "setdomainname": (171, 162), "settimeofday": (164, 170),
    "clock_settime": (227, 112), "clock_adjtime": (305, 266), "adjtimex": (159, 171), "vhangup": (153, 58),
    "iopl": (172, None), "ioperm": (173, None), "modify_ldt": (154, None), "bpf": (321, 280),
    "perf_event_open": (298, 241), "userfaultfd": (323, 282), "keyctl": (250, 219), "add_key": (248, 217),
    "request_key": (249, 218),
}  # fmt: skip

ABSENT: dict[str, Numbers] = {
    # The flags of clone3 lie in memory, where a filter cannot look: without it, threads are made by `clone`.
    "clone3": (435, 435),
    # These make other calls, past every filter.
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
}  # fmt: skip

CLONE: Numbers = (56, 220)
CLONE_THREAD = 0x10000

TO_ITSELF: dict[str, Numbers] = {
    "kill": (62, 129), "tgkill": (234, 131), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240),
    "prlimit64": (302, 261),
}  # fmt: skip
"""Their first argument is a process: only this one. `prlimit64` names it 0 too, which elsewhere means a group."""

MMAP: Numbers = (9, 222)
SHARED_WITHOUT_FILE = 0x21
"""MAP_SHARED | MAP_ANONYMOUS: memory that no limit of the kernel counts, and that stays when it is unmapped in part."""

NOT_WITH: dict[str, tuple[Numbers, int, tuple[int, ...]]] = {
    # To outlive the parent, to hide from it: PR_SET_PDEATHSIG, PR_SET_DUMPABLE.
    "prctl": ((157, 167), 0, (1, 4)),
    # Signals to others through files: F_SETSIG, F_SETOWN, F_SETOWN_EX; FIOSETOWN, SIOCSPGRP; keys typed: TIOCSTI.
    "fcntl": ((72, 25), 1, (8, 10, 15)),
    "ioctl": ((16, 29), 1, (0x8901, 0x8902, 0x5412)),
}
"""Numbers, the place of an argument, and what it must not be."""
