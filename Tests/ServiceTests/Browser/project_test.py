"""Goes the way from nothing to a finder through the service's page, as somebody with a mouse and a keyboard would.

usage: project_test.py http://127.0.0.1:8080/ FOLDER truth.csv [--boxes 30] [--keys-seconds 20] [--rounds 2] [--screenshots FOLDER]

FOLDER has the photographs, and truth.csv (image,class,x0,y0,x1,y1; half-open, in pixels) what is on them:
benchmarks/defects.py makes both. The robot makes a project by dropping all photographs, draws the true boxes in the deep
zoom, says of each photograph that it is done, lets the project learn, answers doubtful finds by ten keys a second, and
reads what the slider says; with --rounds 2 it learns from its answers, too. What was found in photographs that nobody has
labelled is compared with the truth. It prints a JSON object of measures; the exit status is 1 if something failed.
"""

import argparse
import csv
import json
import math
import os
import statistics
import sys
import tempfile
import time
import traceback
import urllib.parse

from selenium.webdriver.common.keys import Keys

from page_test import API, Failure, Page, names

PICTURE_ENDINGS = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".webp")
MEDIAN_BOUND_MILLISECONDS = 16
P99_BOUND_MILLISECONDS = 50
KEYS_PER_SECOND = 10
# As viewer.js zooms by the wheel.
WHEEL_SPEED, WHEEL_LIMIT = 0.002, 300
FIT_SHARE, LARGEST_SCALE = 0.96, 16

# From the key to the frame that shows what it did: the message comes behind the frame's painting.
KEY_TIMER = """
window.keyTimes = [];
addEventListener('keydown', event => {
  const start = event.timeStamp;
  requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => { window.keyTimes.push(performance.now() - start); port1.close(); };
    port2.postMessage(0);
  });
}, true);
"""


class View:
    """What the deep zoom shows, followed from outside: it begins with the whole photograph."""

    def __init__(self, page, scene):
        self.page, self.scene = page, scene
        self.left, self.top, self.width, self.height = page.script(
            "const box = document.querySelector('.viewer canvas').getBoundingClientRect(); return [box.x, box.y, box.width, box.height]")
        self.x, self.y = scene["width"] / 2, scene["height"] / 2
        self.scale = FIT_SHARE * min(self.width / scene["width"], self.height / scene["height"])

    def screen(self, x, y):
        return (self.left + self.width / 2 + (x - self.x) * self.scale, self.top + self.height / 2 + (y - self.y) * self.scale)

    def zoom_to(self, box):
        """Turns the wheel over the box until its pixels are large enough to be hit."""
        press(self.page, "0")
        self.x, self.y = self.scene["width"] / 2, self.scene["height"] / 2
        self.scale = FIT_SHARE * min(self.width / self.scene["width"], self.height / self.scene["height"])
        cx, cy = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        for _ in range(30):
            wanted = min(8, 0.55 * min(self.width / (box[2] - box[0]), self.height / (box[3] - box[1])))
            turn = max(-WHEEL_LIMIT, min(WHEEL_LIMIT, round(math.log(wanted / self.scale) / WHEEL_SPEED)))
            if abs(turn) < 20:
                break
            # The mouse stands on whole pixels of the screen, and what is below it stays there.
            px, py = (round(value) for value in self.screen(cx, cy))
            px, py = min(self.left + self.width - 2, max(self.left + 2, px)), min(self.top + self.height - 2, max(self.top + 2, py))
            dx, dy = px - self.left - self.width / 2, py - self.top - self.height / 2
            below = (self.x + dx / self.scale, self.y + dy / self.scale)
            self.page.command("Input.dispatchMouseEvent", type="mouseWheel", x=px, y=py, deltaX=0, deltaY=-turn)
            self.scale = min(LARGEST_SCALE, self.scale * math.exp(turn * WHEEL_SPEED))
            self.x, self.y = below[0] - dx / self.scale, below[1] - dy / self.scale
            self.x, self.y = min(self.scene["width"], max(0, self.x)), min(self.scene["height"], max(0, self.y))
            # Turns that come before the next frame would be one, and its bound is that of one.
            self.page.wait("the zoom", "return Math.abs(parseFloat(document.querySelector('.viewer .position').textContent.split('·').pop()) - arguments[0]) < 1.5", 100 * self.scale)

        self.centre(cx, cy)

    def centre(self, x, y):
        """Moves the view with the middle button, so that nothing floats over the place."""
        dx, dy = (round(value) for value in ((self.x - x) * self.scale, (self.y - y) * self.scale))
        if max(abs(dx), abs(dy)) < 60:
            return
        mouse = lambda kind, x, y: self.page.command("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="middle", buttons=4, clickCount=1)
        left, top = round(self.left + self.width / 2), round(self.top + self.height / 2)
        mouse("mousePressed", left, top)
        mouse("mouseMoved", left + dx, top + dy)
        mouse("mouseReleased", left + dx, top + dy)
        self.x, self.y = self.x - dx / self.scale, self.y - dy / self.scale

    def drag(self, box):
        mouse = lambda kind, place: self.page.command("Input.dispatchMouseEvent", type=kind, x=place[0], y=place[1], button="left", buttons=1, clickCount=1)
        start, end = (tuple(round(value) for value in self.screen(*corner)) for corner in (box[:2], box[2:]))
        mouse("mousePressed", start)
        for share in (0.3, 0.7, 1):
            mouse("mouseMoved", tuple(a + share * (b - a) for a, b in zip(start, end)))
        mouse("mouseReleased", end)


def read_truth(path):
    truth = {}
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            truth.setdefault(row["image"], []).append((row["class"], tuple(int(row[key]) for key in ("x0", "y0", "x1", "y1"))))
    return truth


def iou(a, b):
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0
    area = lambda box: (box[2] - box[0]) * (box[3] - box[1])
    return width * height / (area(a) + area(b) - width * height)


def agree(one, other):
    """Whether the middle of one box lies in the other one."""
    def holds(box, inner):
        x, y = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
        return box[0] <= x < box[2] and box[1] <= y < box[3]
    return holds(one, other) or holds(other, one)


def spread(values):
    """Median, p99 and the largest."""
    if not values:
        return None
    values = sorted(values)
    return {"count": len(values), "median": round(statistics.median(values), 2),
            "p99": round(values[min(len(values) - 1, math.ceil(0.99 * len(values)) - 1)], 2), "most": round(values[-1], 2)}


def press(page, key, code=None, virtual=None):
    """A key of the keyboard, without the round trips of a chain of actions."""
    values = {"key": key, "windowsVirtualKeyCode": virtual or ord(key.upper()[0])}
    if code:
        values["code"] = code
    page.command("Input.dispatchKeyEvent", type="keyDown", **values, **({"text": key} if len(key) == 1 else {}))
    page.command("Input.dispatchKeyEvent", type="keyUp", **values)


class Robot:
    def __init__(self, page, options):
        self.page, self.options = page, options
        self.api = API(options.base, options.token)
        self.truth = read_truth(options.truth)
        self.classes = sorted({name for rows in self.truth.values() for name, _ in rows})
        self.pictures = sorted(name for name in os.listdir(options.folder) if name.lower().endswith(PICTURE_ENDINGS))
        self.measures = {"photographs": len(self.pictures)}
        self.path = "projects/" + urllib.parse.quote(options.name, safe="")

    def click(self, selector):
        self.page.wait(selector, "const element = document.querySelector(arguments[0]); return element !== null && !element.disabled && element.offsetParent !== null", selector)
        self.page.script("document.querySelector(arguments[0]).scrollIntoView({ block: 'center' })", selector)
        time.sleep(0.1)
        x, y = self.page.script("const box = document.querySelector(arguments[0]).getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]", selector)
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            self.page.command("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="none" if kind == "mouseMoved" else "left", clickCount=1)

    def shot(self, name):
        if self.options.screenshots:
            self.page.screenshot(name)

    # The steps

    def make_project(self):
        page, start = self.page, time.monotonic()
        page.open("#/projects")
        page.wait_for("main h1")
        if not page.script("return document.querySelector('.project-form') !== null"):
            self.click(".page-head button")
        self.click("#project-name")
        page.keys(self.options.name)
        self.click("#project-classes")
        page.keys(", ".join(self.classes))
        self.shot("new-project")
        files = [os.path.abspath(os.path.join(self.options.folder, name)) for name in self.pictures]
        page.script("document.querySelector('.chooser .drop').scrollIntoView({ block: 'center' })")
        x, y = page.script("const box = document.querySelector('.chooser .drop').getBoundingClientRect(); return [box.x + box.width / 2, box.y + 10]")
        for kind in ("dragEnter", "dragOver", "drop"):
            page.command("Input.dispatchDragEvent", type=kind, x=x, y=y, data={"items": [], "files": files, "dragOperationsMask": 1})
        page.wait("the first photographs", "return document.querySelector('.chooser .upload .note').textContent !== ''")
        self.shot("uploading")
        self.click(".project-form button[type=submit]")
        page.wait("the project's page", "return location.hash.startsWith('#/projects/') && document.querySelector('.strip') !== null", seconds=self.options.upload_seconds)
        self.measures["uploadSeconds"] = round(time.monotonic() - start, 2)
        project = self.api.get(self.path)
        if project["sceneCount"] != len(self.pictures):
            raise Failure(f"the project has {project['sceneCount']} of {len(self.pictures)} photographs")
        time.sleep(1)
        self.shot("project-new")

    def draw(self):
        page, drawn, start = self.page, [], time.monotonic()
        self.click(".step .actions a.primary")
        seen = []
        photographs = 0
        while len(drawn) < self.options.boxes or photographs < min(self.options.photographs, len(self.pictures)):
            page.wait("a photograph to draw on", "return location.hash.includes('/scene/') && !arguments[0].includes(location.hash) && document.querySelector('.drawing .finish') !== null", seen)
            place = page.script("return location.hash")
            seen.append(place)
            scene = self.api.get("scenes/" + place.split("/")[-1])
            page.wait("the photograph's tiles", "return performance.getEntriesByName('first-view').length > 0")
            page.script("performance.clearMeasures('first-view')")
            page.wait("the photograph's focus", "return document.activeElement.matches('.viewer canvas')")
            view = View(page, scene)
            for name, box in self.rows(scene["name"]):
                press(page, "Escape", "Escape", 27)
                press(page, str(self.classes.index(name) + 1))
                view.zoom_to(box)
                time.sleep(0.05)
                before = page.script("return document.querySelectorAll('.shape-list button').length")
                view.drag(box)
                page.wait("the drawn box", "return document.querySelectorAll('.shape-list button').length > arguments[0]", before, seconds=5)
                drawn.append((scene, name, box))
                if len(drawn) in (1, 2, 5):
                    self.shot(f"draw-{len(drawn)}")
            photographs += 1
            if photographs == 1:
                self.try_undo(drawn)
                self.try_keyboard()
                self.try_touch()
                press(page, "Escape", "Escape", 27)
            self.finish_photograph(place)
            if photographs == len(self.pictures):
                break
        self.measures["drawSeconds"] = round(time.monotonic() - start, 2)
        self.measures["boxes"], self.measures["photographsDone"] = len(drawn), photographs
        self.wait_saved()
        self.measures["drawSaveMilliseconds"] = spread([duration for _, duration in page.measures("label-saved")])
        self.compare(drawn)

    def finish_photograph(self, place):
        """Enter leads on; where it does not, it is counted and pressed again, as people do."""
        page = self.page
        page.script("window.lastKey = null; addEventListener('keydown', event => { window.lastKey = [event.key, event.target.tagName, event.target.isConnected]; }, { capture: true, once: true })")
        for _ in range(2):
            press(page, "Enter", "Enter", 13)
            try:
                page.wait("the next photograph", "return location.hash !== arguments[0]", place, seconds=8)
                return
            except Failure:
                state = page.script("return [window.lastKey, document.hasFocus(), document.activeElement.outerHTML.slice(0, 80), document.querySelector('.finish')?.textContent ?? null, location.hash]")
                self.measures.setdefault("lostKeys", []).append(state)
        raise Failure(f"Enter does not lead on: {self.measures['lostKeys']}")

    def rows(self, name):
        """A server may have given another name to a file that was there before."""
        stem, ending = os.path.splitext(name)
        return self.truth.get(name) or self.truth.get(stem.rsplit("-", 1)[0] + ending) or []

    def try_undo(self, drawn):
        """Deletes the last box and takes that back."""
        page, count = self.page, "return document.querySelectorAll('.shape-list button').length"
        before = page.script(count)
        if before == 0 or not drawn:
            return
        press(page, "n")
        press(page, "Delete", "Delete", 46)
        page.wait("a deleted box", count + " < arguments[0]", before)
        press(page, "u")
        page.wait("the box again", count + " === arguments[0]", before)

    def try_keyboard(self):
        """A box without a mouse; it is moved and resized, and all of that taken back."""
        page, last = self.page, "return [...document.querySelectorAll('.shape-list [aria-current]')].map(element => element.textContent).join()"
        count = "return document.querySelectorAll('.shape-list button').length"
        before = page.script(count)
        press(page, "b")
        size = page.wait("a box in the middle", last).split(",")[1].split("×")
        for _ in range(3):
            page.command("Input.dispatchKeyEvent", type="keyDown", key="ArrowRight", code="ArrowRight", windowsVirtualKeyCode=39, modifiers=8)
            page.command("Input.dispatchKeyEvent", type="keyUp", key="ArrowRight", code="ArrowRight", windowsVirtualKeyCode=39, modifiers=8)
        number = lambda text: int("".join(letter for letter in text if letter.isdigit()))
        page.wait("a wider box", "return !(" + last[7:] + ").includes(arguments[0])", size[0].strip() + " ×")
        press(page, "ArrowDown", "ArrowDown", 40)
        time.sleep(1)
        wider = page.script(last).split(",")[1].split("×")
        if number(wider[0]) <= number(size[0]) or number(wider[1]) != number(size[1]):
            raise Failure(f"Shift and an arrow change {size} to {wider}")
        press(page, "q")
        page.wait("an unsure box", "return [...document.querySelectorAll('.shape-list button')].some(element => element.textContent.startsWith('not sure'))")
        # Presses of arrow keys are one move where they follow each other quickly.
        for _ in range(6):
            if page.script(count) > before:
                press(page, "u")
        page.wait("all of that to be undone", count + " === arguments[0]", before)

    def try_touch(self):
        """One finger draws, two zoom and draw nothing."""
        page, count = self.page, "return document.querySelectorAll('.shape-list button').length"
        press(page, "0")
        time.sleep(0.3)
        before, (left, top, width, height) = page.script(count), page.script("const box = document.querySelector('.viewer canvas').getBoundingClientRect(); return [box.x, box.y, box.width, box.height]")
        x, y = left + width / 2, top + height / 2
        page.command("Emulation.setTouchEmulationEnabled", enabled=True, maxTouchPoints=2)
        touch = lambda kind, *places: page.command("Input.dispatchTouchEvent", type=kind, touchPoints=[{"x": px, "y": py, "id": number} for number, (px, py) in enumerate(places)])
        touch("touchStart", (x - 60, y - 60))
        touch("touchMove", (x - 20, y - 20))
        touch("touchMove", (x + 20, y + 30))
        touch("touchEnd")
        page.wait("a box by touch", count + " === arguments[0]", before + 1)
        press(page, "u")
        page.wait("no box by touch", count + " === arguments[0]", before)
        zoom = "return parseFloat(document.querySelector('.viewer .position').textContent.split('·').pop())"
        scale = page.script(zoom)
        touch("touchStart", (x - 20, y))
        touch("touchStart", (x - 20, y), (x + 20, y))
        for step in range(1, 8):
            touch("touchMove", (x - 20 - 6 * step, y), (x + 20 + 6 * step, y))
        touch("touchEnd")
        page.command("Emulation.setTouchEmulationEnabled", enabled=False)
        page.wait("two fingers to zoom", zoom + " > 1.5 * arguments[0]", scale)
        if page.script(count) != before:
            raise Failure("two fingers draw a box")

    def wait_saved(self):
        self.page.wait("all labels to be saved", "return document.querySelector('.save-text')?.textContent === 'Saved'", seconds=60)

    def compare(self, drawn):
        """What the server has beside what was meant."""
        overlaps, wrong, labels = [], [], {}
        for scene, name, box in drawn:
            if scene["id"] not in labels:
                answer = self.api.get(f"{self.path}/labels?scene={scene['id']}")
                labels[scene["id"]] = [row for row in answer["labels"] if isinstance(row["place"], dict) and "box" in row["place"]]
                if not answer["isComplete"]:
                    wrong.append(f"{scene['name']} is not done")
            best = max(labels[scene["id"]], key=lambda row: iou(row["place"]["box"], box), default=None)
            overlaps.append(iou(best["place"]["box"], box) if best else 0)
            if best is None or best["label"].get("class") != name:
                wrong.append(f"{scene['name']}: {name} at {box} is {best}")
        self.measures["drawnIoU"] = {"least": round(min(overlaps, default=1), 3), "mean": round(statistics.mean(overlaps), 3) if overlaps else None,
                                     "exact": sum(value == 1 for value in overlaps)}
        if wrong or min(overlaps, default=1) < 0.5:
            raise Failure(f"boxes are not saved as they were drawn: {wrong[:5]}, {self.measures['drawnIoU']}")

    def open_project(self):
        self.page.driver.execute_script("location.hash = arguments[0]", "#/projects/" + urllib.parse.quote(self.options.name, safe=""))
        self.page.wait("the project's page", "return document.querySelector('.step .strip') !== null")

    def learn(self):
        page = self.page
        self.open_project()
        time.sleep(1)
        self.shot("project-labelled")
        start, rounds = time.monotonic(), self.api.get(self.path)["roundCount"]
        button = ".step:nth-of-type(2) .actions button.primary"
        self.click(button)
        has_ended = lambda: self.api.get(self.path)["roundCount"] > rounds
        while not has_ended() and page.script("const element = document.querySelector('.learning'); return element === null || element.hidden"):
            if time.monotonic() - start > 60:
                raise Failure("learning does not begin")
            time.sleep(0.2)
        steps, is_shown = [], False
        while not (has_ended() and page.script("return document.querySelector('.learning').hidden && document.querySelector('.result') !== null")):
            step = page.text(".learning .progress-text").split("·")[-2 if "left" in page.text(".learning .progress-text") else -1].strip()
            if step and step not in steps:
                steps.append(step)
            if "%" in page.text(".learning .progress-text") and not is_shown:
                is_shown = True
                self.shot("learning")
            error = page.script("return [...document.querySelectorAll('.step .error:not([hidden])')].map(element => element.textContent).join()")
            if error:
                raise Failure(f"learning: {error}")
            if time.monotonic() - start > self.options.learn_seconds:
                raise Failure(f"learning takes longer than {self.options.learn_seconds} s")
            time.sleep(0.5)
        self.measures.setdefault("learnSeconds", []).append(round(time.monotonic() - start, 2))
        self.measures["learnSteps"] = steps[:20]
        time.sleep(1)
        self.shot("project-learnt")

    def judge(self):
        """How often the finder is right, by the truth: on photographs of which nobody has said anything, and on all that are not done."""
        result = self.api.get(f"{self.path}/result")
        threshold = result["threshold"]
        counts = {"untouched": dict.fromkeys(("photographs", "right", "objects", "found", "falseAlarms"), 0)}
        counts["notDone"] = dict(counts["untouched"])
        for photograph in result["photographs"]:
            if photograph["isComplete"] or not photograph["wasLookedAt"]:
                continue
            query = "?scene=" + urllib.parse.quote(photograph["id"])
            boxes = self.rows(photograph["name"])
            finds = [find for find in self.api.get(f"{self.path}/finds{query}")["finds"] if find["score"] >= threshold]
            # As the program judges its models: several finds of one object are no false alarms, and find it once.
            found, alarms = set(), 0
            for find in sorted(finds, key=lambda find: -find["score"]):
                near = [number for number, (name, box) in enumerate(boxes) if name == find["class"] and agree(find["box"], box)]
                alarms += not near
                found.update([number for number in near if number not in found][:1])
            is_touched = bool(self.api.get(f"{self.path}/labels{query}")["labels"])
            for name in ("notDone",) if is_touched else ("notDone", "untouched"):
                count = counts[name]
                count["photographs"] += 1
                count["right"] += bool(finds) == bool(boxes)
                count["objects"] += len(boxes)
                count["found"] += len(found)
                count["falseAlarms"] += alarms
        self.measures.setdefault("judged", []).append({"threshold": threshold, **counts})

    def doubts(self):
        return {row["number"]: row for row in self.api.get(f"{self.path}/doubts?limit=10000")["items"]}

    def right_key(self, item):
        name, value = max(((name, iou(item["box"], box)) for name, box in self.rows(item["sceneName"])), key=lambda pair: pair[1], default=(None, 0))
        return str(self.classes.index(name) + 1) if value >= 0.3 else "0"

    def check(self):
        page, items = self.page, self.doubts()
        self.measures["doubts"] = len(items)
        if not items:
            return
        self.click(".step:nth-of-type(3) .actions a")
        page.wait("the grid", "return document.querySelector('.cell canvas') !== null && document.activeElement.matches('.check-grid')")
        time.sleep(2)
        self.shot("check")
        page.script("performance.clearMeasures('label-saved')")
        page.script(KEY_TIMER)
        focus = "const list = document.querySelector('.check-grid'); return document.getElementById(list.getAttribute('aria-activedescendant')).getAttribute('aria-label')"
        number = lambda: int(page.script(focus).split(":")[0])
        before, cpu = self.memory(), self.cpu()
        keys, late, answers, start = 0, 0, {}, time.monotonic()
        while time.monotonic() - start < self.options.keys_seconds:
            label = page.script(focus)
            if "answered" in label:
                break
            current = int(label.split(":")[0])
            answers[current] = key = self.right_key(items[current])
            press(page, key)
            keys += 1
            rest = start + keys / KEYS_PER_SECOND - time.monotonic()
            late += rest < 0
            if rest > 0:
                time.sleep(rest)
            if keys == 30:
                self.shot("check-answered")
        seconds = time.monotonic() - start
        time.sleep(0.3)
        times, cpu = page.script("return window.keyTimes"), {name: after - cpu[name] for name, after in self.cpu().items()}
        self.wait_saved()
        after = self.memory()
        self.measures["keys"] = {"count": keys, "perSecond": round(keys / seconds, 2), "late": late}
        self.measures["keyToPaintedMilliseconds"] = spread(times)
        self.measures["cpuMillisecondsPerKey"] = {name: round(1000 * value / max(1, keys), 2) for name, value in cpu.items()}
        self.measures["checkSaveMilliseconds"] = spread([duration for _, duration in page.measures("label-saved")])
        self.measures["memory"] = {"before": before, "after": after}
        self.compare_answers(answers)
        self.try_several(number, items)
        self.try_surroundings()
        self.try_without_server(items)

    def compare_answers(self, answers):
        items = self.doubts()
        wrong = []
        for number, key in answers.items():
            label = items[number]["label"]
            expected = self.classes[int(key) - 1] if key != "0" else None
            if label is None or (expected is not None and label.get("class") != expected) or (expected is None and label.get("class") in self.classes):
                wrong.append((number, key, label))
        self.measures["wrongAnswers"] = len(wrong)
        if wrong:
            raise Failure(f"answers are not saved as they were given: {wrong[:5]}")

    def try_several(self, number, items):
        """One key for three, and undo."""
        page = self.page
        count = lambda: int(page.text(".check-progress").split(" ")[0].replace(",", ""))
        press(page, "Home", "Home", 36)
        for _ in range(2):
            page.command("Input.dispatchKeyEvent", type="keyDown", key="ArrowRight", code="ArrowRight", windowsVirtualKeyCode=39, modifiers=8)
            page.command("Input.dispatchKeyEvent", type="keyUp", key="ArrowRight", code="ArrowRight", windowsVirtualKeyCode=39, modifiers=8)
        page.wait("three that are selected", "return document.querySelectorAll('.cell.selected').length === 3")
        self.shot("check-several")
        before = count()
        press(page, "q")
        # The next one without an answer may be on another page.
        press(page, "Home", "Home", 36)
        page.wait("three unsure ones", "return document.querySelectorAll('.cell[data-state=unsure]').length >= 3")
        press(page, "u")
        press(page, "Home", "Home", 36)
        page.wait("the end of that", "return document.querySelectorAll('.cell[data-state=unsure]').length === 0")
        if count() != before:
            raise Failure(f"after undo {count()} are answered, before {before}")
        self.wait_saved()

    def try_surroundings(self):
        page = self.page
        press(page, "Enter", "Enter", 13)
        page.wait("the surroundings", "return document.querySelector('dialog.surroundings[open] .viewer canvas') !== null")
        time.sleep(1)
        self.shot("surroundings")
        press(page, "Escape", "Escape", 27)
        page.wait("the grid again", "return document.querySelector('dialog[open]') === null && document.activeElement.matches('.check-grid')")

    def try_without_server(self, items):
        """Labels that cannot be sent wait, also when the page is loaded again."""
        page = self.page
        press(page, "Home", "Home", 36)
        page.command("Network.enable")
        page.command("Network.setBlockedURLs", urls=["*/v1/projects/*/labels"])
        for _ in range(3):
            press(page, "q")
            press(page, "Home", "Home", 36)
            press(page, "ArrowRight", "ArrowRight", 39)
        page.wait("the failure in words", "return document.querySelector('.save-text').textContent.includes('not saved')")
        time.sleep(3)
        self.shot("not-saved")
        kept = page.script("return Object.keys(localStorage).filter(key => key.startsWith('tilescope-label/')).length")
        if kept == 0:
            raise Failure("no label waits in the browser")
        # The page warns before it goes; whoever goes all the same loses nothing. The driver answers the browser's question itself.
        if not page.script("const event = new Event('beforeunload', { cancelable: true }); dispatchEvent(event); return event.defaultPrevented"):
            raise Failure("the page does not warn before labels are left behind")
        page.driver.refresh()
        page.command("Network.setBlockedURLs", urls=[])
        page.wait("the grid after loading", "return document.querySelector('.cell canvas') !== null", seconds=30)
        self.wait_saved()
        if self.doubts()[1]["label"] != {"unsure": True}:
            raise Failure(f"a label that waited is not on the server: {self.doubts()[1]['label']}")

    def cpu(self):
        metrics = {metric["name"]: metric["value"] for metric in self.page.command("Performance.getMetrics")["metrics"]}
        return {name: metrics[name + "Duration"] for name in ("Script", "Layout", "RecalcStyle", "Task")}

    def memory(self):
        """After the garbage is gone."""
        self.page.command("HeapProfiler.collectGarbage")
        metrics = {metric["name"]: metric["value"] for metric in self.page.command("Performance.getMetrics")["metrics"]}
        return {"heapMegabytes": round(metrics["JSHeapUsedSize"] / 1e6, 2), "nodes": int(metrics["Nodes"]), "listeners": int(metrics["JSEventListeners"])}

    def result(self):
        page = self.page
        self.open_project()
        page.wait("the result", "return document.querySelector('.result .verdict dd') !== null")
        time.sleep(1)
        says = lambda: {"threshold": page.text(".result .slider output"), "says": page.script(
            "return [...document.querySelectorAll('.result .verdict > div')].map(element => [...element.querySelectorAll('dt, strong, .note')].map(part => part.textContent).join(' '))"),
            "list": page.text(".result > .note:not(.hidden-text):last-of-type")}
        page.script("document.querySelector('.result input[type=range]').scrollIntoView({ block: 'center' }); document.querySelector('.result input[type=range]').focus()")
        self.measures["slider"] = [says()]
        for key in (Keys.HOME, Keys.END):
            page.keys(key)
            time.sleep(0.1)
            self.measures["slider"].append(says())
        self.click(".result .links button")
        time.sleep(0.3)
        self.measures["slider"].append(says())
        if self.measures["slider"][0] != self.measures["slider"][-1]:
            raise Failure("the slider does not come back to what was proposed")
        self.measures["words"] = page.script("return [...document.querySelectorAll('.words li')].map(element => element.textContent)")
        self.shot("result")
        self.click(".result .rows a.row")
        page.wait("a photograph with its finds", "return document.querySelector('.drawing .finish') !== null && performance.getEntriesByName('first-view').length > 0")
        time.sleep(0.5)
        self.shot("finds")


def looks(options, failures):
    """The views in other themes and sizes."""
    name = urllib.parse.quote(options.name, safe="")
    path = "projects/" + name
    scene = API(options.base, options.token).get(f"{path}/scenes?order=next&limit=1")["scenes"][0]["id"]
    routes = {"projects": "#/projects", "project": f"#/{path}", "draw": f"#/{path}/scene/{scene}", "check": f"#/{path}/check"}
    for look, values in (("light", {}), ("dark", {"is_dark": True}), ("narrow", {"width": 390, "height": 844}), ("narrow-dark", {"width": 390, "height": 844, "is_dark": True})):
        with Page(options, **values) as page:
            for view, route in routes.items():
                page.open(route)
                page.wait_for("main h1", seconds=60)
                time.sleep(2)
                page.screenshot(f"{look}-{view}")
                if look == "light":
                    failures += [f"{view}: no name: {element}" for element in names(page)]
                width = page.script("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
                if width > 0:
                    failures.append(f"{view}, {look}: {width} pixels wider than the window")
            failures += [f"{look}: {message}" for message in page.errors()]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("base", help="address of the server")
    parser.add_argument("folder", help="photographs")
    parser.add_argument("truth", help="CSV file: image,class,x0,y0,x1,y1")
    parser.add_argument("--boxes", type=int, default=30, help="draw so many at least, as far as there are; default: %(default)s")
    parser.add_argument("--keys-seconds", type=float, default=20, help="how long keys are pressed in the grid; default: %(default)s")
    parser.add_argument("--photographs", type=int, default=4, help="draw on so many at least; default: %(default)s")
    parser.add_argument("--rounds", type=int, default=1, help="how often it learns; default: %(default)s")
    parser.add_argument("--name", default=f"robot {time.strftime('%Y-%m-%d %H.%M.%S')}", help="of the project; default: the time")
    parser.add_argument("--token", help="what the server was given with --token-file")
    parser.add_argument("--screenshots", metavar="FOLDER", help="write screenshots there")
    parser.add_argument("--upload-seconds", type=int, default=900, help="how long the upload may take; default: %(default)s")
    parser.add_argument("--learn-seconds", type=int, default=1800, help="how long learning may take; default: %(default)s")
    parser.add_argument("--strict", action="store_true", help="fail where a key takes longer than it may")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    parser.add_argument("--driver", default="/usr/bin/chromedriver")
    options = parser.parse_args()
    options.base = options.base.rstrip("/") + "/"
    if options.screenshots:
        os.makedirs(options.screenshots, exist_ok=True)
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        options.downloads = folder
        with Page(options) as page:
            # CPU time of the page's thread: other programs on the machine do not count.
            page.command("Performance.enable", timeDomain="threadTicks")
            # Moves of the view then take no time.
            page.command("Emulation.setEmulatedMedia", features=[{"name": "prefers-reduced-motion", "value": "reduce"}, {"name": "prefers-color-scheme", "value": "light"}])
            robot = Robot(page, options)
            again = [robot.learn, robot.judge] * (options.rounds - 1)
            for step in (robot.make_project, robot.draw, robot.learn, robot.judge, robot.check, *again, robot.result):
                try:
                    step()
                except Exception as failure:
                    # The others need this one.
                    failures.append(f"{step.__name__}: {failure}")
                    traceback.print_exc()
                    if options.screenshots:
                        page.screenshot("failed")
                    break
            failures += page.errors()
        if options.screenshots and not failures:
            looks(options, failures)
    times = robot.measures.get("keyToPaintedMilliseconds")
    is_fast = times is None or (times["median"] <= MEDIAN_BOUND_MILLISECONDS and times["p99"] <= P99_BOUND_MILLISECONDS)
    if options.strict and not is_fast:
        failures.append(f"from a key to the painted next find: {times}")
    print(json.dumps({**robot.measures, "isFast": is_fast, "failures": failures, "isPassed": not failures}, indent=2))
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
