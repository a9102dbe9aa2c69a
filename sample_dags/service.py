"""A little service: a script of its own that builds its Driver once and executes it many times.

    hamtui exec sample_dags/service.py --requests 20 --every 0.2

Each request is a run of its own (`Driver.execute`) in one process, every seventh of them bad and refused by
an exception that the service survives; press the key for the list of runs. hamtui has no part in it: `python
sample_dags/service.py` does the same unwatched. With `--record` it records itself, by one call of
`hamtui.instrument`, for `hamtui attach` in another terminal. The dataflow below can be launched for one request:

    hamtui run sample_dags/service.py --target answer --input request_id=3
"""

import argparse
import sys
import time


def request(request_id: int) -> dict[str, int]:
    """What the caller wants to know."""
    return {"id": request_id, "size": request_id * 37 % 100, "bad": int(request_id % 7 == 6)}


def checked(request: dict[str, int]) -> dict[str, int]:
    """The request, if it can be answered."""
    if request["bad"]:
        raise ValueError(f"request {request['id']} asks for what there is not")
    return request


def looked_up(checked: dict[str, int]) -> list[int]:
    """What there is, from the store."""
    time.sleep(0.02)
    return [n * checked["size"] % 101 for n in range(200)]


def ranked(looked_up: list[int]) -> list[int]:
    """The best five."""
    return sorted(looked_up, reverse=True)[:5]


def answer(checked: dict[str, int], ranked: list[int]) -> str:
    """What the caller gets."""
    return f"request {checked['id']}: {', '.join(map(str, ranked))}"


def _serve(requests: int, every: float, record: bool) -> int:
    """Answers so many requests, one each ``every`` seconds; returns how many were refused."""
    from hamilton import driver

    builder = driver.Builder().with_modules(sys.modules[__name__])
    if record:
        import hamtui

        hamtui.instrument(builder)
    dr = builder.build()
    refused = 0
    for request_id in range(requests):
        try:
            print(dr.execute(["answer"], inputs={"request_id": request_id})["answer"], flush=True)
        except ValueError as error:
            refused += 1
            print(f"refused: {error}", flush=True)
        time.sleep(every)
    return refused


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Answers requests by a Hamilton dataflow, then ends.")
    parser.add_argument("--requests", type=int, default=20, help="how many to answer before it ends (20)")
    parser.add_argument("--every", type=float, default=0.2, help="seconds between two (0.2)")
    parser.add_argument("--record", action="store_true", help="record itself for hamtui attach")
    return parser.parse_args()


if __name__ == "__main__":
    _chosen = _options()
    print(f"{_serve(_chosen.requests, _chosen.every, _chosen.record)} refused")
