"""What the worker runs when, and how the jobs of each kind are done."""

from collections.abc import Callable
from functools import partial
from typing import Any

from huey import crontab

from config import Settings
from operations import (
    accounts,
    background,
    bulk_job,
    bulk_undo,
    crediting,
    crediting_back,
    import_files,
    import_steps,
    mapping_replay,
    partitions,
    quiet_sources,
    submissions,
)
from operations.bulk_deeds import DEEDS

When = Callable[[Any], bool]

#: What runs by itself: when, and the operation, which is committed afterwards.
BY_THE_CLOCK: tuple[tuple[When, Callable[[], object]], ...] = (
    (crontab(minute="5"), quiet_sources.look),
    (crontab(minute="7"), accounts.forget_old_attempts),
)
#: What runs by itself in small batches, each committed, until it says that nothing is left.
IN_BATCHES: tuple[tuple[When, Callable[[Settings], bool]], ...] = (
    (crontab(minute="17"), submissions.forget_some),
    (crontab(minute="27"), partitions.keep),
    (crontab(minute="37"), import_files.forget_files),
)
#: When fewest people wait: the statistics (operations/statistics.py).
AT_NIGHT = crontab(minute="37", hour="3")
#: How the jobs of each kind are done (models/job.py), one committed step at a time.
STEPS: dict[str, background.Step] = {
    crediting.KIND: crediting.step,
    crediting_back.KIND: crediting_back.step,
    **import_steps.STEPS,
    mapping_replay.KIND: mapping_replay.replay_step,
    **dict.fromkeys(bulk_undo.KINDS, bulk_undo.step),
}


def steps(find: bulk_job.Find) -> dict[str, background.Step]:
    """How every kind is done; which rows match a list, the lists themselves say."""
    return {**STEPS, **dict.fromkeys(DEEDS, partial(bulk_job.step, find))}
