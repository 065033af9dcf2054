"""The pages in a browser, as a person sees, hears and steers them."""

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from sao.benchmark.choosing import drawn_choices, scheme_figures
from sao.benchmark.plot import drawn
from sao.benchmark.report import page_values
from sao.report.page import render_page
from support.browser import browser, requests, show
from support.checkout import ROOT
from support.figures import benchmark_summary, choice

PAGES = ("report", "benchmark", "schemes")
LOOKS = [(width, scheme) for width in (390, 1440) for scheme in ("light", "dark")]


@pytest.fixture(scope="module")
def driver():
    with browser() as driver:
        yield driver


@pytest.fixture(scope="module")
def pages(built, tmp_path_factory):
    """The report of the finished build, and the other pages with made-up figures."""
    folder = tmp_path_factory.mktemp("pages")
    templates = ROOT / "workflow/report"
    summary = benchmark_summary(folder)
    texts = {
        "benchmark": render_page(
            templates / "benchmark.html.j2",
            command="x",
            drawn=drawn(summary),
            **page_values(summary),
        )
    }
    rows = scheme_figures(*choice(folder))
    texts["schemes"] = render_page(
        templates / "schemes.html.j2",
        model="demo",
        machine="m",
        threads=2,
        repeats=2,
        command="x",
        versions={},
        submodules={"dit": rows, "conditioners": []},
        drawn={"dit": drawn_choices("dit", rows)},
    )
    for name, text in texts.items():
        (folder / f"{name}.html").write_text(text)
    found = {name: folder / f"{name}.html" for name in texts}
    return found | {"report": built.folder / "results/demo/report.html"}


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_a_page_is_whole_at_each_width_and_in_each_scheme(driver, pages, page, width, scheme):
    show(driver, pages[page], width, scheme)
    assert driver.get_log("browser") == []
    assert requests(driver) == []
    assert driver.execute_script("return document.documentElement.scrollWidth") <= width
    # No part goes beyond the column that it is in.
    beyond = """
        const right = document.querySelector("main").getBoundingClientRect().right;
        return [...document.querySelectorAll("main *:not(svg *):not(thead *)")]
            .filter((e) => e.getBoundingClientRect().right > right + 1)
            .map((e) => e.tagName + " " + e.textContent.slice(0, 40));
    """
    assert driver.execute_script(beyond) == []


CONTRAST = """
const channels = (text) => text.match(/[\\d.]+/g).map(Number);
const luminance = (rgb) => rgb.slice(0, 3).map((c) => c / 255)
    .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
const background = (element) => {
    for (let e = element; e; e = e.parentElement) {
        const colour = channels(getComputedStyle(e).backgroundColor);
        if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
};
const found = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || element.closest("script, style")) continue;
    const style = getComputedStyle(element);
    const ink = element.closest("svg") ? style.fill : style.color;
    const pair = [luminance(channels(ink)), luminance(background(element))];
    const ratio = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
    if (ratio < 4.5) found.push([element.textContent.slice(0, 40), ratio]);
}
return found;
"""


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_stands_out_from_what_is_behind_it(driver, pages, page, scheme):
    """WCAG 2.2, 1.4.3: 4.5 to 1."""
    show(driver, pages[page], 1440, scheme)
    assert driver.execute_script(CONTRAST) == []


@pytest.mark.parametrize("page", PAGES)
def test_pictures_have_texts_ids_are_one_each_and_links_lead_somewhere(driver, pages, page):
    show(driver, pages[page], 1440, "light")
    pictures = driver.find_elements(By.CSS_SELECTOR, "img, svg")
    assert len(pictures) >= 1
    for picture in pictures:
        text = picture.get_attribute("alt") or picture.get_attribute("aria-label")
        assert text and len(text) > 20
        assert picture.size["height"] > 20
    for image in driver.find_elements(By.TAG_NAME, "img"):
        assert driver.execute_script("return arguments[0].naturalWidth", image) > 1
    every = driver.execute_script("return [...document.querySelectorAll('[id]')].map((e) => e.id)")
    assert len(every) == len(set(every))
    links = [a.get_dom_attribute("href") for a in driver.find_elements(By.CSS_SELECTOR, "a")]
    assert len(links) >= 1
    assert {link.removeprefix("#") for link in links} <= set(every)
    named = driver.execute_script("""
        return [...document.querySelectorAll("svg [*|href], svg [clip-path]")].map((e) =>
            (e.getAttribute("xlink:href") || e.getAttribute("clip-path")).match(/#([^)]*)/)[1]);
    """)
    assert set(named) <= set(every)


OVERLAPPING = """
const found = [];
for (const svg of document.querySelectorAll("main svg")) {
    const boxes = (names) =>
        [...svg.querySelectorAll(names)].map((e) => [e, e.getBoundingClientRect()]);
    for (const [a, p] of boxes("text")) for (const [b, q] of boxes("text, use"))
        if (a !== b && p.left < q.right && q.left < p.right && p.top < q.bottom && q.top < p.bottom)
            found.push(a.textContent + " / " + b.textContent);
}
return found;
"""


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("width", [390, 1440])
def test_no_text_of_a_picture_lies_on_another_or_on_a_mark(driver, pages, page, width):
    show(driver, pages[page], width, "light")
    assert driver.execute_script(OVERLAPPING) == []


@pytest.fixture
def report(driver, pages):
    show(driver, pages["report"], 1440, "light")
    return driver


def state(driver):
    """Return [name, seconds, whether it plays] of each player of the first pair."""
    return driver.execute_script("""
        return [...document.querySelector("[data-pair]").querySelectorAll("audio")]
            .map((a) => [a.dataset.name, a.currentTime, !a.paused]);
    """)


def test_each_player_decodes_its_whole_sound_and_pairs_are_two_sounds(report):
    sounds = report.execute_async_script("""
        const done = arguments[0];
        const context = new OfflineAudioContext(2, 44100, 44100);
        Promise.all([...document.querySelectorAll("audio")].map(async (player) => {
            if (player.readyState < 1)
                await new Promise((go) => { player.onloadedmetadata = go; player.load(); });
            const bytes = atob(player.src.split(",")[1]);
            const buffer = Uint8Array.from(bytes, (c) => c.charCodeAt(0)).buffer;
            const sound = await context.decodeAudioData(buffer);
            const samples = sound.getChannelData(0);
            const peak = samples.reduce((most, s) => Math.max(most, Math.abs(s)), 0);
            return [player.duration, sound.duration, sound.numberOfChannels, peak,
                    samples.reduce((sum, s) => sum + s * s, 0)];
        })).then(done, (error) => done(String(error)));
    """)
    assert [round(sound[0], 2) for sound in sounds] == [10, 5, 5, 5, 9, 9, 6, 6]
    for shown, whole, channels, peak, _ in sounds:
        assert shown == pytest.approx(whole, abs=0.01)
        assert channels == 2
        assert 0.3 < peak <= 1
    powers = [power for *_, power in sounds]
    for first in (2, 4, 6):
        assert powers[first] != powers[first + 1]


def test_a_pair_is_played_and_switched_at_the_same_place_by_keyboard_alone(report):
    wait = WebDriverWait(report, 10)
    button = report.find_element(By.CSS_SELECTOR, "[data-pair] button")
    report.execute_script("arguments[0].focus()", button)
    assert button.text == "Play A"
    button.send_keys(Keys.ENTER)
    wait.until(lambda driver: state(driver)[0][1] > 0.3)
    assert [(name, plays) for name, _, plays in state(report)] == [("A", True), ("B", False)]
    assert button.text == "Switch to B"
    at = state(report)[0][1]
    button.send_keys(Keys.SPACE)
    wait.until(lambda driver: state(driver)[1][2])
    assert state(report)[1][1] >= at
    wait.until(lambda driver: not state(driver)[0][2])
    spoken = report.find_element(By.CSS_SELECTOR, "[data-pair] [role=status]")
    wait.until(lambda driver: spoken.text == "B plays")


def test_one_player_stops_the_others(report):
    players = report.find_elements(By.TAG_NAME, "audio")
    for player in players[:2]:
        report.execute_async_script("arguments[0].play().then(arguments[1])", player)
    wait = WebDriverWait(report, 10)
    paused = "return [...document.querySelectorAll('audio')].map((a) => a.paused)"
    wait.until(lambda driver: driver.execute_script(paused).count(False) == 1)


@pytest.mark.parametrize("page", PAGES)
def test_tab_reaches_all_that_can_be_steered_and_shows_where_it_is(driver, pages, page):
    show(driver, pages[page], 390, "dark")
    steered = "return document.querySelectorAll('a, button, audio').length"
    names = set()
    body = driver.find_element(By.TAG_NAME, "body")
    for _ in range(200):
        body = driver.switch_to.active_element
        body.send_keys(Keys.TAB)
        here = driver.switch_to.active_element
        if here.tag_name == "body":
            break
        outline = here.value_of_css_property("outline-style")
        assert outline != "none", here.get_attribute("outerHTML")[:80]
        names.add(here.id)
    assert len(names) == driver.execute_script(steered)
