#!/usr/bin/env python3
"""A terminal of 100 columns for tests: prints its name, then whatever is written to it; types what it reads."""
import fcntl
import os
import pty
import select
import struct
import sys
import termios

main, side = pty.openpty()
fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
print(os.ttyname(side), flush=True)
while True:
    ready, _, _ = select.select([main, 0], [], [])
    if main in ready:
        os.write(1, os.read(main, 65536))
    if 0 in ready:
        keys = os.read(0, 4096)
        if not keys:
            sys.exit(0)
        os.write(main, keys)
