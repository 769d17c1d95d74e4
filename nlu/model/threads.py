"""How cores are used: parts of the work side by side, each with a single thread of linear algebra.

Left alone, OpenBLAS starts a thread a core for every small product and lets them spin: on two busy cores a sentence
then takes ten times as long.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from threadpoolctl import threadpool_limits


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def side_by_side() -> ThreadPoolExecutor:
    """The threads that work on parts; made once a process, when the first part is waiting."""
    threadpool_limits(limits=1, user_api="blas")
    return ThreadPoolExecutor(cores(), thread_name_prefix="parts")
