"""Tabs of one profile: what one of them wrote is seen by the others, even when it ended before it could tell."""

from __future__ import annotations

import pytest
from tests.unit.peer.kit import Neighbourhood, crash, run, until


@pytest.mark.parametrize("is_clean", [True, False])
def test_what_a_tab_wrote_and_could_not_tell_is_found_on_the_disk(is_clean: bool) -> None:
    async def main() -> None:
        profile = Neighbourhood().profile("alice")
        left, right = [await profile.open(kind="tab") for _ in range(2)]
        await until(lambda: right.status.sync.state == "converged")
        left._driver.publish = lambda encoded: None
        await left.put("v", {"x": 1})
        assert await right.get("v") is None
        await (left.close() if is_clean else crash(left))
        await until(lambda: right.status.sync.vertices == 1)
        assert (await right.get("v"))["x"] == 1
        assert right.status.storage.damaged == 0
        await right.close()

    run(main())
