"""The unit tests that hold every bus to one contract, on the real broker."""
import os
import subprocess

import pytest


@pytest.mark.kafka
def test_the_contract_of_the_bus_holds_on_a_real_broker(binary, kafka):
    program = binary.parents[2] / "tests" / "tests_bus"
    assert program.exists(), f"no {program}: build the target tests_bus"
    done = subprocess.run([program, "[contract]", "-d", "yes"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          env={**os.environ, "TAPES_TEST_BROKERS": kafka.address}, timeout=300)
    assert done.returncode == 0, done.stdout[-20000:] + done.stderr[-2000:]
