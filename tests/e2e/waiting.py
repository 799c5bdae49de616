#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: C_WaitForSlotEvent hears of pulled tokens and of a smart card service that ends, and ends with C_Finalize
# Copyright (C) 2026 the Pena authors
"""Runs inside pena-rig with one token. Calls the module's function list by its numbers (PKCS#11 2.40, CK_FUNCTION_LIST)."""
import ctypes
import os
import signal
import socket
import sys
import threading
import time

INITIALIZE, FINALIZE, GET_SLOT_LIST, WAIT_FOR_SLOT_EVENT = 0, 1, 4, 67
OK, NOT_INITIALIZED = 0, 0x190
RIG = os.environ["PENA_RIG_DIR"]
LIMIT = 30  # seconds after which something that should have happened has not

module = ctypes.CDLL(os.environ["PENA_MODULE"])
functions = ctypes.POINTER(ctypes.c_void_p)()
module.C_GetFunctionList(ctypes.byref(functions))


def call(number, *arguments):
    kind = ctypes.CFUNCTYPE(ctypes.c_ulong, *[ctypes.c_void_p] * len(arguments))
    return kind(functions[number + 1])(*arguments)


def fail(text):
    print(f"FAILED: {text}")
    os._exit(1)


class Waiter(threading.Thread):
    """One call of C_WaitForSlotEvent that blocks."""

    def __init__(self):
        super().__init__(daemon=True)
        self.slot, self.result = ctypes.c_ulong(99), None
        self.start()

    def run(self):
        self.result = call(WAIT_FOR_SLOT_EVENT, 0, ctypes.addressof(self.slot), None)

    def must_wait(self):
        time.sleep(0.5)
        if not self.is_alive():
            fail(f"it does not wait: 0x{self.result:x}, slot {self.slot.value}")

    def must_tell(self, result, slot):
        self.join(LIMIT)
        if self.is_alive() or self.result != result or (slot is not None and self.slot.value != slot):
            fail(f"it tells {self.result}, slot {self.slot.value}")


def card(line):
    with socket.socket(socket.AF_UNIX) as control:
        control.connect(f"{RIG}/card0.control")
        control.sendall(line.encode() + b"\n")
        control.makefile().readline()


def apdus():
    with open(os.environ["PENA_APDU_LOG"]) as log:
        return len(log.readlines())


def main():
    count = ctypes.c_ulong()
    if call(INITIALIZE, None) != OK or call(GET_SLOT_LIST, 1, None, ctypes.addressof(count)) != OK or count.value != 1:
        fail("no token")
    before = apdus()
    for line in ("pull", "insert"):
        waiter = Waiter()
        waiter.must_wait()
        card(line)
        waiter.must_tell(OK, 0)
    waiter = Waiter()
    waiter.must_wait()
    if apdus() != before:
        fail("waiting sends commands to the card")
    with open(f"{RIG}/pcscd.pid") as file:
        os.kill(int(file.read()), signal.SIGKILL)
    waiter.must_tell(OK, 0)
    waiter = Waiter()
    waiter.must_wait()  # until there is a service again
    busy = time.process_time()
    waiter.must_wait()
    if time.process_time() - busy > 0.1:
        fail("waiting for the service keeps the processor busy")
    if call(FINALIZE, None) != OK:
        fail("C_Finalize")
    waiter.must_tell(NOT_INITIALIZED, None)
    print("ok: pulled, inserted, no service, finalized")
    return 0


if __name__ == "__main__":
    sys.exit(main())
