#!/usr/bin/python3
"""Drives a job-control shell on a terminal of its own, and says what it showed.

usage: terminal.py STEP...    a step is "send TEXT" (with \\n, \\x1a as in C) or "want TEXT": what must appear within 10 s
since the last step. Ends with status 1 and all that was shown when it does not.
"""
import os
import pty
import select
import sys
import time


def read_until(fd, wanted, shown):
    end = time.time() + 10
    seen = ""
    while wanted not in seen:
        left = end - time.time()
        if left <= 0 or not select.select([fd], [], [], left)[0]:
            return False
        try:
            piece = os.read(fd, 4096).decode(errors="replace")
        except OSError:
            return False
        seen += piece
        shown.append(piece)
    return True


pid, fd = pty.fork()
if pid == 0:
    os.environ["PS1"] = "ready> "
    os.environ["TERM"] = "dumb"
    os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])

shown = []
failed = not read_until(fd, "ready> ", shown)
for step in sys.argv[1:]:
    kind, _, text = step.partition(" ")
    if failed:
        break
    if kind == "send":
        os.write(fd, text.encode().decode("unicode_escape").encode())
    elif not read_until(fd, text, shown):
        print(f"never seen: {text}")
        failed = True
os.close(fd)
print("".join(shown))
sys.exit(1 if failed else 0)
