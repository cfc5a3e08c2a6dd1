"""The arithmetic of benchmarks.load."""

import os

from benchmarks.load.crowd import Load
from benchmarks.load.figures import burst_figures, cpu_seconds, percentile, steady_figures


def test_percentiles_are_values_that_were_seen():
    values = [float(number) for number in range(1, 101)]

    assert [percentile(values, percent) for percent in (50, 99, 100)] == [50, 99, 100]
    assert percentile([7.0], 50) == 7
    assert percentile([], 50) == 0


def test_a_burst_is_rated_by_its_last_answer():
    load = Load(asked=4, answered_at=[1.0, 1.2, 2.0], waited_s=[1.0, 1.2, 2.0], acks_ms=[5, 6, 7, 8])

    found = burst_figures("ours", load)

    assert (found.answers_per_s, found.lost, found.ack_max_ms, found.wait_max_ms) == (1.5, 1, 8, 2000)


def test_a_steady_rate_leaves_the_first_seconds_and_the_last_answers_out():
    load = Load(asked=6, answered_at=[0.5, 1.9, 2.5, 3.0, 5.9, 6.4])

    found = steady_figures("ours", load, 6.0, cpu_s=0.6, workspace_cpu_s=0.3)

    assert found.answers_per_s == 0.8  # three answers between second 2 and second 6
    assert found.cpu_ms_per_answer == 100


def test_processor_time_of_a_process_that_is_gone_is_zero():
    assert cpu_seconds(os.getpid()) > 0
    assert cpu_seconds(2**22 + 1) == 0
