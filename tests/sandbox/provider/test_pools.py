"""Pods kept ready: each used once, none left."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar

import pytest

from gyges.sandbox.provider import pools
from gyges.sandbox.provider.pools import WARM, Pool
from gyges.sandbox.provider.spec import PodError


class Fake:
    """A pod that only counts."""

    everyone: ClassVar[list[Fake]] = []
    at_once = most_at_once = 0
    lock = threading.Lock()
    fail = False

    def __init__(self) -> None:
        self.removed = 0
        self.alive = True
        self.everyone.append(self)

    @classmethod
    def start(cls, level: int) -> Fake:
        assert level == 3
        if cls.fail:
            raise PodError("a pod did not start")
        with cls.lock:
            cls.at_once += 1
            cls.most_at_once = max(cls.most_at_once, cls.at_once)
        time.sleep(0.005)
        with cls.lock:
            cls.at_once -= 1
        return cls()

    def lives(self) -> bool:
        return self.alive

    def remove(self) -> None:
        self.removed += 1


@pytest.fixture(autouse=True)
def fakes(monkeypatch: pytest.MonkeyPatch) -> list[Fake]:
    Fake.everyone, Fake.at_once, Fake.most_at_once, Fake.fail = [], 0, 0, False
    monkeypatch.setattr(pools, "Pod", Fake)
    return Fake.everyone


def test_each_is_used_once_and_all_are_removed(fakes: list[Fake]) -> None:
    """Two hundred samples, forty at a time, get two hundred different pods; starts are bounded, and none is left."""
    pool = Pool(3, starters=4)

    def sample(_: int) -> int:
        pod = pool.take()
        pool.give_back(pod)
        return id(pod)

    with ThreadPoolExecutor(40) as samples:
        assert len(set(samples.map(sample, range(200)))) == 200
    pool.close()
    assert [fake.removed for fake in fakes] == [1] * len(fakes)
    assert 200 <= len(fakes) <= 200 + WARM
    assert Fake.most_at_once <= 4


def test_a_single_sample_starts_a_single_pod(fakes: list[Fake]) -> None:
    """Nothing is started in vain where a run has one sample."""
    pool = Pool(3, starters=2)
    pool.give_back(pool.take())
    pool.close()
    assert len(fakes) == 1


def test_one_that_died_while_it_waited_is_not_handed_out(fakes: list[Fake]) -> None:
    """A pod killed before its turn is removed, and the sample gets another."""
    pool = Pool(3, starters=1)
    first = pool.take()
    deadline = time.monotonic() + 5
    second = pool.take()
    while len(fakes) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    fakes[2].alive = False
    third = pool.take()
    assert third not in (first, second, fakes[2])
    for pod in (first, second, third):
        pool.give_back(pod)
    pool.close()
    assert all(fake.removed == 1 for fake in fakes)


def test_failure_reaches_the_sample_that_it_concerns(fakes: list[Fake]) -> None:
    """Where no pod starts, taking one says why, and closing does not hang."""
    Fake.fail = True
    pool = Pool(3, starters=1)
    with pytest.raises(PodError, match="did not start"):
        pool.take()
    pool.close()
    assert fakes == []
