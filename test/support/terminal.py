"""Runs a command on a terminal of its own and passes on what it writes; after SIGUSR1 nobody reads the terminal."""

import os
import pty
import select
import signal
import subprocess
import sys

reads = True


def stand_still(*_):
    global reads
    reads = False


terminal, side_of_command = pty.openpty()
command = subprocess.Popen(sys.argv[1:], stdout=side_of_command, stderr=side_of_command)
os.close(side_of_command)
signal.signal(signal.SIGUSR1, stand_still)
signal.signal(signal.SIGTERM, lambda *_: command.terminate())
while reads:
    if select.select([terminal], [], [], 0.05)[0]:
        try:
            os.write(sys.stdout.fileno(), os.read(terminal, 65536))
        except OSError:  # the command has ended
            break
sys.exit(command.wait())
