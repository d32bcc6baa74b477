#!/usr/bin/python3
"""Holds the kernel's audit socket as auditd does, until standard input ends; then gives it back.

Out: "held" once it is so, and at the end how many messages of type 1326 (SECCOMP) came. Status 3 where it cannot be
held: no right, or somebody else holds it. audit(8), linux/audit.h: struct audit_status.
"""
import os
import select
import socket
import struct
import sys

AUDIT_SET, AUDIT_SECCOMP = 1001, 1326
MASK_PID = 4
NLMSG_ERROR, REQUEST_ACK = 2, 5


def set_holder(holder, pid):
    status = struct.pack("=11I", MASK_PID, 0, 0, pid, 0, 0, 0, 0, 0, 0, 0)
    holder.send(struct.pack("=IHHII", 16 + len(status), AUDIT_SET, REQUEST_ACK, 1, 0) + status)


def answer(holder):
    while True:
        message = holder.recv(65536)
        if struct.unpack_from("=H", message, 4)[0] == NLMSG_ERROR:
            return struct.unpack_from("=i", message, 16)[0]


def main():
    try:
        holder = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 9)
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        holder.bind((0, 0))
        set_holder(holder, os.getpid())
        failure = answer(holder)
    except OSError as error:
        failure = -error.errno
    if failure:
        print("cannot be held:", os.strerror(-failure), flush=True)
        return 3
    print("held", flush=True)
    n_seccomp = 0
    while True:
        ready, _, _ = select.select([holder, sys.stdin], [], [])
        if sys.stdin in ready:
            break
        n_seccomp += struct.unpack_from("=H", holder.recv(65536), 4)[0] == AUDIT_SECCOMP
    set_holder(holder, 0)
    failure = answer(holder)
    print(n_seccomp, "given back" if not failure else os.strerror(-failure), flush=True)
    return 1 if failure else 0


sys.exit(main())
