"""How a peer's calls are timed."""

import statistics
import time


def measure(run, batch, seconds):
    """Images per second of the median call, and per second of processor time of all threads."""
    run()
    durations, start, processor_start = [], time.perf_counter(), time.process_time()
    while not durations or time.perf_counter() - start < seconds:
        call_start = time.perf_counter()
        run()
        durations.append(time.perf_counter() - call_start)
    processor_seconds = time.process_time() - processor_start
    return {
        "imagesPerSecond": batch / statistics.median(durations),
        "imagesPerCPUSecond": batch * len(durations) / processor_seconds,
    }
