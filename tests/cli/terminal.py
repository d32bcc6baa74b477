#!/usr/bin/python3
"""Drives a job-control shell on a terminal of its own, and says what it showed.

usage: terminal.py STEP...    a step is "send TEXT" (with \\n, \\x1a as in C) or "want TEXT": what must appear within 30 s,
behind what was wanted before. Ends with status 1 and all that was shown when it does not.
"""
import os
import pty
import select
import sys
import time


class Screen:
    """All that was shown, and how much of it the steps so far have looked at."""

    def __init__(self, fd):
        self.fd = fd
        self.shown = ""
        self.looked_at = 0

    def read_until(self, wanted):
        end = time.time() + 30
        while (at := self.shown.find(wanted, self.looked_at)) < 0:
            left = end - time.time()
            if left <= 0 or not select.select([self.fd], [], [], left)[0]:
                return False
            try:
                self.shown += os.read(self.fd, 4096).decode(errors="replace")
            except OSError:
                return False
        self.looked_at = at + len(wanted)
        return True


pid, fd = pty.fork()
if pid == 0:
    os.environ["PS1"] = "ready> "
    os.environ["TERM"] = "dumb"
    os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])

screen = Screen(fd)
failed = not screen.read_until("ready> ")
for step in sys.argv[1:]:
    kind, _, text = step.partition(" ")
    if failed:
        break
    if kind == "send":
        os.write(fd, text.encode().decode("unicode_escape").encode())
    elif not screen.read_until(text):
        print(f"never seen: {text}")
        failed = True
os.close(fd)
print(screen.shown)
sys.exit(1 if failed else 0)
