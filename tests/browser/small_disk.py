"""A browser whose disk is nearly full."""

from __future__ import annotations

from playwright.sync_api import BrowserContext


class SmallDisk:
    """What Chromium lets one origin store in one context, which must be new and made with `service_workers="block"`.

    Chromium asks for the room once and believes the answer for half a minute: the limit must be there before the
    first page is. What a service worker keeps would count too.
    """

    def __init__(self, context: BrowserContext, origin: str, room_bytes: int) -> None:
        assert context.pages == []
        self._origin = origin
        self._session = context.new_cdp_session(context.new_page())
        self._session.send("Storage.overrideQuotaForOrigin", {"origin": origin, "quotaSize": room_bytes})

    def grow(self) -> None:
        """Lift the limit."""
        self._session.send("Storage.overrideQuotaForOrigin", {"origin": self._origin})
