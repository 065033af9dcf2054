"""A browser without a window, to look at pages as a person would."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from support.runner_tools import need

BROWSERS = ("chromium", "google-chrome")
ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--mute-audio",
    "--autoplay-policy=no-user-gesture-required",
)
# Of what a page's own parts are; anything else is a request to somewhere.
LOCAL = ("file:", "data:", "blob:", "about:", "chrome:")


@contextmanager
def browser() -> Iterator[webdriver.Chrome]:
    """Yield a Chromium of the machine's own, which may not load what the network has."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        need(BROWSERS[0])
    # Where GitHub's images have it.
    named = Path(os.environ.get("CHROMEWEBDRIVER", "/usr/bin"), "chromedriver")
    options = webdriver.ChromeOptions()
    options.binary_location = str(program)
    for argument in ARGUMENTS:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(str(named)))
    try:
        yield driver
    finally:
        driver.quit()


def show(driver: webdriver.Chrome, page: Path, width: int, scheme: str) -> None:
    """Open a page from its file, `width` CSS pixels wide, in the `light` or `dark` scheme."""
    screen = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    features = [
        {"name": "prefers-color-scheme", "value": scheme},
        {"name": "prefers-reduced-motion", "value": "reduce"},
    ]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    for kind in ("browser", "performance"):
        driver.get_log(kind)  # of the page before
    driver.get(page.resolve().as_uri())


def requests(driver: webdriver.Chrome) -> list[str]:
    """Return what the page asked for since it was opened, but its own parts."""
    events = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
    asked = [
        event["params"]["request"]["url"]
        for event in events
        if event["method"] == "Network.requestWillBeSent"
    ]
    return [url for url in asked if not url.startswith(LOCAL)]
