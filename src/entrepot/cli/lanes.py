"""The worker's two lanes, and how they end: what is under way is finished, and one line says that it is."""

import asyncio
import signal
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import click

# Calls to marketplaces wait for others: in a lane of their own they never hold up a batch, and it is a wide one, because
# who waits costs a thread and nothing else.
INSIDE = ("batches", "imports", "sweeper")
OUTSIDE = ("outside",)
WAITING = 8  # calls under way for each job at a time
PATIENCE = 15  # seconds that jobs under way have when the worker is to end


async def work(app: Any, name: str, concurrency: int) -> None:
    """Runs jobs until it is asked to stop (SIGINT, SIGTERM) or a lane ends by itself, as it does without PostgreSQL."""
    lanes = {f"{name}-inside": (INSIDE, concurrency), f"{name}-outside": (OUTSIDE, WAITING * concurrency)}
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(sum(many for _, many in lanes.values())))
    under_way: Counter[str] = Counter()

    async def counted(run: Any, context: Any, _worker: Any) -> Any:
        under_way[context.job.task_name] += 1
        try:
            return await run()
        finally:
            under_way[context.job.task_name] -= 1

    async with app.open_async():
        tasks = [
            asyncio.create_task(
                app.run_worker_async(
                    name=lane, queues=list(queues), concurrency=many, shutdown_graceful_timeout=PATIENCE,
                    delete_jobs="successful", install_signal_handlers=False, worker_middleware=[counted],
                )
            )
            for lane, (queues, many) in lanes.items()
        ]  # fmt: skip
        asked = False

        def stop() -> None:
            """Each lane finishes its jobs under way and takes no new ones. Asked for a second time it would leave them."""
            nonlocal asked
            if not asked:
                asked = True
                if names := sorted((+under_way).elements()):
                    click.echo(f"The worker ends when its jobs under way have ended: {', '.join(names)}.", err=True)
                for task in tasks:
                    task.cancel()

        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop)
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        stop()  # a lane that ended, however it did, ends the worker; the supervisor starts it again
        for ended in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(ended, Exception):
                raise ended
