// One scan: its progress, then its boxes over the scene, filters, merging again, and files.

import { get, post, request, path, pictureAddress, watchScan, hasEnded, download } from './api.js';
import {
  h, slider, choices, check, bytes, grouped, counted, percent, score, duration, timeAgo, announce, showError, debounced, scoreBars,
} from './dom.js';
import { Boxes, judgements, hit, miss } from './boxes.js';
import { Filter, markOf } from './filter.js';
import { stage, facts, usualFloor } from './scene.js';
import { stateChip } from './scans.js';

export const scanView = async (content, id, signal) => {
  let scan = await get(`scans/${path(id)}`, signal);
  const scene = await get(`scenes/${path(scan.scene)}`, signal);
  const { viewer, panel } = stage(content, scene, signal);
  const chip = h('span', { class: 'scan-state' });
  const body = h('div', { class: 'scan-body' });
  panel.append(
    h('p', { class: 'back' }, h('a', { href: `#/scenes/${path(scan.scene)}`, text: '← The scene and its scans' })),
    h('h1', { tabindex: '-1' }, h('bdi', { text: scan.sceneName })),
    h('p', { class: 'scan-line' }, chip, h('a', { href: `#/models/${path(scan.model)}` }, h('bdi', { text: scan.model })), timeAgo(scan.created)), body);
  const browser = new BoxBrowser(viewer, scene, signal);

  const showState = () => {
    chip.replaceChildren(stateChip(scan.state));
    document.title = `${scan.state === 'running' ? `${percent(scan.progress.fraction, 0)} · ` : ''}${scan.sceneName} – Tilescope`;
  };
  const showResult = async isFresh => {
    const hadFocus = body.contains(document.activeElement);
    await browser.show(scan, body);
    if (hadFocus) { panel.querySelector('h1').focus({ preventScroll: true }); }
    if (isFresh) { announce(`The scan is finished. ${foundText()}`); }
  };
  const foundText = () => `${counted(browser.boxes.missStart, 'box', 'boxes')} found.`;
  const follow = () => {
    const progress = new Progress(scan, { onScan: next => { scan = next; showState(); progress.show(scan); }, signal });
    const hadFocus = body.contains(document.activeElement);
    body.replaceChildren(progress.element);
    browser.clear();
    if (hadFocus) { progress.cancel.focus(); }
    progress.show(scan);
    let isOver = false;
    watchScan(id, {
      signal, onConnection: isThere => progress.setConnection(isThere),
      onScan: next => {
        scan = next;
        showState();
        progress.show(scan);
        if (!hasEnded(scan) || isOver) { return; }
        isOver = true;
        (scan.state === 'finished' ? showResult(true) : ended(true)).catch(showError);
      },
    }).catch(showError);
  };
  /** A scan that failed or was cancelled; what it has found is below that. */
  const ended = async isFresh => {
    const resume = h('button', { type: 'button', class: 'primary', text: 'Go on with the scan' });
    resume.addEventListener('click', async () => {
      // A disabled button would lose the focus.
      if (resume.ariaBusy === 'true') { return; }
      resume.ariaBusy = 'true';
      try {
        scan = await post(`scans/${path(id)}/resume`, undefined, signal);
        showState();
        follow();
      } catch (error) { showError(error); resume.ariaBusy = 'false'; }
    });
    const { finishedWindowCount = 0, windowCount = 0 } = scan.progress ?? {};
    const hadFocus = body.contains(document.activeElement);
    const words = scan.state === 'failed' ? 'The scan failed.' : 'The scan was cancelled.';
    const note = h('p', { class: 'note', text: finishedWindowCount === 0 ? 'Nothing was scored yet.' : `${grouped(finishedWindowCount)} of ${grouped(windowCount)} windows are scored. They are kept: the scan goes on where it stopped.` });
    const section = h('section', { class: 'part', 'aria-label': 'End of the scan' }, h('p', { text: words }),
      scan.error && h('p', { class: 'error', text: scan.error }), note, h('div', { class: 'actions' }, resume, deletion(scan)));
    body.replaceChildren(section);
    let found = '';
    if (scan.files?.includes('detections.jsonl')) {
      try {
        await browser.show(scan, body, section);
        note.textContent = 'What was found so far is shown below. If you go on, only the missing windows are scored.';
        found = ` ${foundText()}`;
      } catch (error) { showError(error); }
    }
    if (hadFocus) { resume.focus(); }
    if (isFresh) { announce(words + found); }
  };
  showState();
  if (scan.state === 'finished') { await showResult(false); } else if (hasEnded(scan)) { await ended(false); } else { follow(); }
  return `${scan.sceneName}, scan`;
};

const deletion = scan => {
  const button = h('button', { type: 'button', class: 'danger', text: 'Delete' });
  button.addEventListener('click', async () => {
    if (!button.dataset.sure) {
      button.dataset.sure = 'yes';
      button.textContent = 'Delete it for good?';
      setTimeout(() => { delete button.dataset.sure; button.textContent = 'Delete'; }, 5000);
      return;
    }
    try {
      await request(`scans/${path(scan.id)}`, { method: 'DELETE' });
      location.hash = `#/scenes/${path(scan.scene)}`;
    } catch (error) { showError(error); }
  });
  return button;
};

/** How far a scan is, and the button that cancels it. */
class Progress {
  constructor(scan, { onScan, signal }) {
    this.bar = h('progress', { max: 1, 'aria-label': 'Progress of the scan' });
    this.text = h('p', { class: 'progress-text' });
    this.rate = h('p', { class: 'note' });
    this.spoken = h('p', { class: 'hidden-text', role: 'status' });
    this.connection = h('p', { class: 'note', role: 'status' });
    this.cancel = h('button', { type: 'button', text: 'Cancel the scan' });
    this.cancel.addEventListener('click', async () => {
      if (this.cancel.ariaBusy === 'true') { return; }
      this.cancel.ariaBusy = 'true';
      try { onScan(await post(`scans/${path(scan.id)}/cancel`, undefined, signal)); } catch (error) { showError(error); this.cancel.ariaBusy = 'false'; }
    });
    this.element = h('section', { class: 'part', 'aria-label': 'Progress' }, this.text, this.bar, this.rate, this.spoken, this.connection, h('div', { class: 'actions' }, this.cancel));
    this.tenth = -1;
  }

  setConnection(isThere) { this.connection.textContent = isThere ? '' : 'The connection is lost. The scan goes on; this page will follow it again.'; }

  show(scan) {
    const { fraction = 0, finishedWindowCount = 0, windowCount = 0, windowsPerSecond, remainingSeconds } = scan.progress ?? {};
    if (scan.state === 'waiting') {
      this.bar.removeAttribute('value');
      this.text.replaceChildren('It waits for its turn.');
      return;
    }
    this.bar.value = fraction;
    this.text.replaceChildren(h('strong', { text: percent(fraction, 0) }), ` · ${grouped(finishedWindowCount)} of ${grouped(windowCount)} windows`);
    this.rate.textContent = windowsPerSecond ? `${grouped(Math.round(windowsPerSecond))} windows a second · about ${duration(remainingSeconds)} left` : '';
    // Each tenth is said once: more would be noise.
    if (Math.floor(10 * fraction) !== this.tenth) {
      this.tenth = Math.floor(10 * fraction);
      this.spoken.textContent = `${percent(fraction, 0)} of the scan are done.`;
    }
  }
}

/** The boxes of a scan that has ended: in the scene, one by one, and as a table. */
class BoxBrowser {
  constructor(viewer, scene, signal) {
    Object.assign(this, { viewer, scene, signal });
    this.card = h('section', { class: 'part box-card', 'aria-label': 'Chosen box' });
    viewer.onPick = (x, y, reach) => this.select(this.boxes?.pick(x, y, reach) ?? -1, { moves: false });
    addEventListener('keydown', event => this.#key(event), { signal });
  }

  /** @param above what stands over the boxes of a scan that did not finish. */
  async show(scan, body, above = null) {
    this.scan = scan;
    const answer = await get(`scans/${path(scan.id)}/boxes`, this.signal);
    this.boxes = new Boxes(answer, this.scene);
    this.viewer.setLayer(this.boxes);
    this.filter = new Filter(this.boxes, () => this.#filtered());
    this.table = new BoxTable(this);
    this.files = new Files(scan, this.signal);
    this.about = new About(scan, this.signal);
    // The server merges finished scans only.
    const merging = above ? null : new Merging(scan, answer, this.signal, next => this.#merged(next));
    body.replaceChildren(...[above, this.card, this.filter.element, merging?.element, this.table.element, this.files.element, this.about.element].filter(Boolean));
    this.#showCard();
    this.viewer.redraw();
  }

  /** The scan goes on: there will be other boxes. */
  clear() {
    this.boxes = null;
    this.shown = null;
    this.viewer.setLayer(null);
  }

  async #merged(scan) {
    this.scan = scan;
    const chosen = this.boxes.selected >= 0 ? this.boxes.place(this.boxes.selected).join() : null;
    const answer = await get(`scans/${path(scan.id)}/boxes`, this.signal);
    this.boxes = new Boxes(answer, this.scene);
    this.viewer.setLayer(this.boxes);
    this.filter.set(this.boxes);
    // The same box stays chosen where it is still there.
    for (let i = 0; chosen && i < this.boxes.count; i += 1) { if (this.boxes.place(i).join() === chosen) { this.boxes.selected = i; break; } }
    this.#filtered();
    this.files.load(scan);
    this.about.load(scan);
    announce(`Merged: ${counted(answer.count, 'box', 'boxes')}.`);
    return answer.count;
  }

  #filtered() {
    this.viewer.redraw();
    this.#showCard();
    this.table.show();
  }

  #key(event) {
    if (!this.boxes || event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) { return; }
    const isInScene = event.target === this.viewer.canvas;
    const isTyping = event.target.matches('input:not([type=checkbox], [type=radio], [type=range]), textarea, select');
    const key = event.key.toLowerCase();
    if (isInScene && event.key === 'Enter' && this.boxes.selected >= 0) { event.preventDefault(); this.viewer.zoomTo(this.boxes.place(this.boxes.selected)); return; }
    if (isInScene && event.key === 'Escape') { this.select(-1, {}); return; }
    if (isTyping || (!isInScene && localStorage.getItem('tilescope-keys') === 'off')) { return; }
    if (key === 'n' || key === 'j') { event.preventDefault(); this.step(1); }
    if (key === 'p' || key === 'k') { event.preventDefault(); this.step(-1); }
  }

  /** To the next box that passes the filter, best score first; round at the end. */
  step(by) {
    const { order, selected } = this.boxes;
    if (order.length === 0) { announce('No box passes the filter.'); return; }
    const at = selected < 0 ? (by > 0 ? 0 : order.length - 1) : (this.boxes.rank(selected) + by + order.length) % order.length;
    this.select(order[at], { moves: true });
  }

  select(i, { moves }) {
    if (!this.boxes) { return; }
    this.boxes.selected = i;
    if (i >= 0 && moves) { this.viewer.bringIntoView(this.boxes.place(i)); }
    this.viewer.redraw();
    this.#showCard();
    this.table.show();
    if (i >= 0) { announce(`Box ${grouped(this.boxes.rank(i) + 1)} of ${grouped(this.boxes.order.length)}: ${this.describe(i)}`); }
  }

  describe(i) {
    const { boxes } = this, [x0, y0] = boxes.place(i).map(Math.round), verdict = boxes.verdicts[i];
    const parts = [boxes.classes[boxes.labels[i]]];
    if (verdict !== miss) { parts.push(`score ${score(boxes.scores[i])}`); }
    if (boxes.hasTruth) { parts.push(judgements[verdict]); }
    return `${parts.join(', ')}, at ${grouped(x0)}, ${grouped(y0)}`;
  }

  #showCard() {
    const { boxes } = this, i = boxes.selected;
    const steps = h('div', { class: 'steps' },
      h('button', { type: 'button', text: '← Previous', 'aria-keyshortcuts': 'p k', onclick: () => { this.step(-1); this.#keepFocus(0); } }),
      h('span', { class: 'note', text: i < 0 ? counted(boxes.order.length, 'box', 'boxes') : `${grouped(boxes.rank(i) + 1)} of ${grouped(boxes.order.length)}` }),
      h('button', { type: 'button', text: 'Next →', 'aria-keyshortcuts': 'n j', onclick: () => { this.step(1); this.#keepFocus(1); } }));
    if (i < 0) {
      this.shown = null;
      this.card.replaceChildren(steps, h('p', { class: 'note' }, boxes.order.length === 0
        ? (boxes.count === 0 ? `Nothing was found.${this.scan.state === 'finished' ? ' Lower the threshold under “Merge again”.' : ''}` : 'No box passes the filter.')
        : ['Click on a box', h('span', { class: 'with-keys' }, ', or press ', h('kbd', { text: 'N' }), ' for the best one'), '.']));
      return;
    }
    // With the filter only the place in the order changes.
    if (this.shown?.boxes === boxes && this.shown.i === i) { this.card.firstChild.replaceWith(steps); return; }
    this.shown = { boxes, i };
    const place = boxes.place(i), [x0, y0, x1, y1] = place.map(Math.round), verdict = boxes.verdicts[i], label = boxes.labels[i];
    const crop = h('div', { class: 'crop' }), more = h('div');
    const name = boxes.classes[label];
    this.card.replaceChildren(steps, h('div', { class: 'box-body' }, crop, h('div', {},
      h('h2', {}, markOf(label, boxes.hasTruth ? verdict : hit), h('bdi', { text: name })),
      verdict === miss ? h('p', { text: 'A miss: the scan has no box here.' }) : h('p', { class: 'big-score' }, h('span', { class: 'note', text: 'Score ' }), h('strong', { text: boxes.scores[i].toFixed(3) })),
      boxes.hasTruth && verdict !== miss && h('p', { text: { hit: 'A hit', 'false alarm': 'A false alarm', 'not counted': 'Counts neither as a hit nor as a false alarm' }[judgements[verdict]] }),
      h('p', { class: 'note', text: `x ${grouped(x0)}, y ${grouped(y0)} · ${grouped(x1 - x0)} × ${grouped(y1 - y0)} pixels` }))),
    h('div', { class: 'actions' },
      h('button', { type: 'button', text: 'Zoom to it', onclick: () => this.viewer.zoomTo(place) }),
      h('button', { type: 'button', text: 'Scores of all classes', onclick: event => this.#classify(place, more, event.target) })), more);
    this.#loadCrop(place, crop, name);
  }

  #keepFocus(index) { this.card.querySelectorAll('.steps button')[index]?.focus(); }

  /** Some of the surroundings, too, with the box as a frame. */
  async #loadCrop(place, target, name) {
    this.cropping?.abort();
    const controller = this.cropping = new AbortController();
    const abort = () => controller.abort();
    this.signal.addEventListener('abort', abort, { once: true });
    const [x0, y0, x1, y1] = place, margin = Math.round(0.25 * Math.max(x1 - x0, y1 - y0));
    const [left, top, right, bottom] = [Math.floor(x0) - margin, Math.floor(y0) - margin, Math.ceil(x1) + margin, Math.ceil(y1) + margin];
    try {
      const url = URL.createObjectURL(await this.#crop([left, top, right, bottom], 288, controller.signal));
      const [width, height] = [right - left, bottom - top];
      const frame = h('span', { class: 'crop-frame', css: {
        left: `${100 * (x0 - left) / width}%`, top: `${100 * (y0 - top) / height}%`, width: `${100 * (x1 - x0) / width}%`, height: `${100 * (y1 - y0) / height}%`,
      } });
      const image = h('img', { src: url, alt: `${name}, cut out of the scene`, onload: () => URL.revokeObjectURL(url) });
      target.replaceChildren(h('div', { class: 'crop-inner' }, image, frame));
    } catch (error) {
      if (error.name !== 'AbortError') { target.replaceChildren(h('p', { class: 'note', text: error.message })); }
    } finally { this.signal.removeEventListener('abort', abort); }
  }

  async #crop([x0, y0, x1, y1], side, signal) {
    return (await request(pictureAddress(this.scene, 'crop', { x0, y0, x1, y1, side }), { signal })).blob();
  }

  /** The model scores the crop alone. */
  async #classify(place, target, button) {
    button.disabled = true;
    target.replaceChildren(h('p', { class: 'note', text: 'The model looks at it …' }));
    try {
      const [x0, y0, x1, y1] = [Math.floor(place[0]), Math.floor(place[1]), Math.ceil(place[2]), Math.ceil(place[3])];
      const side = Math.min(1024, Math.max(32, x1 - x0, y1 - y0));
      const crop = await this.#crop([x0, y0, x1, y1], side, this.signal);
      const answer = await (await request(`models/${path(this.scan.model)}/predict?top=5`, {
        method: 'POST', body: crop, headers: { 'Content-Type': 'image/png' }, signal: this.signal,
      })).json();
      target.replaceChildren(scoreBars(answer.predictions[0].classes), h('p', { class: 'note', text: 'For this crop alone. The scan also scored the windows around it, so its numbers can differ.' }));
    } catch (error) {
      if (error.name !== 'AbortError') { target.replaceChildren(h('p', { class: 'error', text: error.message })); }
    } finally { button.disabled = false; }
  }
}

/** The boxes as rows: for people who do not see the scene, and for whoever wants to compare. */
class BoxTable {
  constructor(browser) {
    this.browser = browser;
    this.start = 0;
    this.size = 20;
    this.content = h('div');
    this.element = h('details', { class: 'part', ontoggle: () => this.show() }, h('summary', {}, h('h2', { text: 'List of boxes' })), this.content);
  }

  show() {
    if (!this.element.open) { return; }
    const { boxes } = this.browser, { order, selected } = boxes;
    if (selected >= 0) { this.start = Math.floor(boxes.rank(selected) / this.size) * this.size; }
    this.start = Math.max(0, Math.min(this.start, Math.floor(Math.max(0, order.length - 1) / this.size) * this.size));
    const rows = Array.from(order.subarray(this.start, this.start + this.size));
    const hadFocus = this.content.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    const turn = (by, text) => h('button', { type: 'button', text, 'data-key': text, disabled: by < 0 ? this.start === 0 : this.start + this.size >= order.length, onclick: () => { boxes.selected = -1; this.start += by * this.size; this.browser.select(-1, {}); } });
    this.content.replaceChildren(rows.length === 0 ? h('p', { class: 'note', text: 'No box passes the filter.' }) : h('div', { class: 'scroll' }, h('table', {},
      h('thead', {}, h('tr', {}, ['Class', 'Score', ...(boxes.hasTruth ? ['Truth'] : []), 'x, y'].map(text => h('th', { scope: 'col', text })))),
      h('tbody', {}, rows.map(i => h('tr', { 'aria-current': i === selected ? 'true' : null },
        h('td', {}, h('button', { type: 'button', class: 'link', 'data-key': `box${i}`, onclick: () => this.browser.select(i, { moves: true }) }, h('bdi', { text: boxes.classes[boxes.labels[i]] }))),
        h('td', { text: boxes.verdicts[i] === miss ? '–' : score(boxes.scores[i]) }),
        boxes.hasTruth && h('td', { text: judgements[boxes.verdicts[i]] }),
        h('td', { text: boxes.place(i).slice(0, 2).map(value => grouped(Math.round(value))).join(', ') })))))),
    h('div', { class: 'steps' }, turn(-1, '← Back'), h('span', { class: 'note', text: order.length ? `${grouped(this.start + 1)} to ${grouped(this.start + rows.length)} of ${grouped(order.length)}` : '' }), turn(1, 'On →')));
    if (hadFocus) { this.content.querySelector(`[data-key="${hadFocus}"]`)?.focus(); }
  }
}

/** What the scan has now: its rule, and the files that it wrote with it. */
const getSummary = (scan, signal) => get(`scans/${path(scan.id)}/files/summary.json`, signal);
const methods = [['nms', 'Keep best'], ['nmm', 'Grow best'], ['wbf', 'Average']];

/** Sliders for the merge rule; a moment after the last change the server merges again, without scoring. */
class Merging {
  constructor(scan, answer, signal, onMerged) {
    Object.assign(this, { scan, signal, onMerged });
    this.changes = {};
    this.merge = debounced(450, () => this.#send());
    this.status = h('p', { class: 'note', role: 'status', text: 'New boxes from the kept scores, and new files. Nothing is scored again.' });
    this.controls = h('div');
    this.element = h('details', { class: 'part merging' }, h('summary', {}, h('h2', { text: 'Merge again' })), this.controls, this.status);
    this.element.addEventListener('toggle', () => this.#showRule(), { once: true });
    this.#build({ threshold: answer.threshold });
  }

  async #showRule() {
    try {
      const { rule } = await getSummary(this.scan, this.signal);
      if (rule && Object.keys(this.changes).length === 0 && !this.controls.contains(document.activeElement)) { this.#build(rule); }
    } catch { /* The sliders then begin where scans usually do. */ }
  }

  #build(rule) {
    const change = (name, value) => { this.changes[name] = value; this.status.textContent = 'Changed …'; this.merge(); };
    const floor = this.scan.request?.floor ?? usualFloor;
    const box = (name, text, isOn) => check(text, { checked: isOn === true, onchange: event => change(name, event.target.checked) });
    this.controls.replaceChildren(
      slider('Threshold', { min: Math.ceil(100 * floor - 0.01) / 100, value: rule.threshold, oninput: value => change('threshold', value), note: 'Boxes with at least this score are kept.' }).element,
      choices('Boxes that overlap', methods, rule.method ?? 'nms', value => change('method', value)),
      slider('IoU', { value: rule.iou ?? 0.1, oninput: value => change('iou', value), note: 'Two boxes that overlap more than this are one object.' }).element,
      h('div', { class: 'field' }, box('acrossClasses', 'Merge boxes of different classes too', rule.acrossClasses),
        box('subStride', 'Move each box by up to half a stride, onto its object', rule.movesBoxes)),
      slider('Box share', { min: 0.01, value: rule.boxShare ?? 1, oninput: value => change('boxShare', value), show: value => percent(value, 0), note: 'Each box is shown as this part of its window’s sides.' }).element);
  }

  /** One request at a time; what changed meanwhile goes into the next one. */
  async #send() {
    if (this.isSending) { this.isStale = true; return; }
    this.isSending = true;
    this.element.setAttribute('aria-busy', 'true');
    this.status.textContent = 'Merging …';
    try {
      const scan = await post(`scans/${path(this.scan.id)}/merge`, this.changes, this.signal);
      const count = await this.onMerged(scan);
      this.status.textContent = `Merged: ${counted(count, 'box', 'boxes')}.`;
    } catch (error) {
      if (error.name !== 'AbortError') { this.status.textContent = error.message; }
    } finally {
      this.isSending = false;
      this.element.setAttribute('aria-busy', 'false');
    }
    if (this.isStale) { this.isStale = false; await this.#send(); }
  }
}

/** Every file that the scan wrote. */
class Files {
  constructor(scan, signal) {
    this.signal = signal;
    this.content = h('div');
    this.element = h('details', { class: 'part files', ontoggle: () => { if (this.element.open && !this.isLoaded) { this.load(this.scan); } } }, h('summary', {}, h('h2', { text: 'Files' })), this.content);
    this.scan = scan;
  }

  async load(scan) {
    this.scan = scan;
    if (!this.element.open) { this.isLoaded = false; return; }
    this.isLoaded = true;
    try {
      const { files } = await get(`scans/${path(scan.id)}/files`, this.signal);
      const shown = files.slice(0, 200);
      this.content.replaceChildren(files.length === 0 ? h('p', { class: 'note', text: 'The scan wrote no files.' }) : h('ul', { class: 'file-list' }, shown.map(file => {
        const button = h('button', { type: 'button', class: 'link', onclick: () => this.#take(file, button) }, h('bdi', { text: file.name }));
        return h('li', {}, button, h('span', { class: 'note', text: bytes(file.byteCount) }));
      })), files.length > shown.length ? h('p', { class: 'note', text: `and ${counted(files.length - shown.length, 'file')} more; the API lists them all.` }) : '');
    } catch (error) { this.isLoaded = false; showError(error); }
  }

  async #take(file, button) {
    button.setAttribute('aria-busy', 'true');
    try {
      await download(`scans/${path(this.scan.id)}/files/${file.name.split('/').map(encodeURIComponent).join('/')}`, file.name, this.signal);
      announce(`${file.name} is saved.`);
    } catch (error) { showError(error); } finally { button.removeAttribute('aria-busy'); }
  }
}

/** What was asked for, and by which rule the boxes were merged last. */
class About {
  constructor(scan, signal) {
    Object.assign(this, { scan, signal });
    this.content = h('div');
    this.element = h('details', { class: 'part', ontoggle: () => { if (this.element.open && !this.isLoaded) { this.load(this.scan); } } },
      h('summary', {}, h('h2', { text: 'About this scan' })), this.content);
    if (scan.state === 'finished') { this.element.append(h('div', { class: 'actions' }, deletion(scan))); }
  }

  async load(scan) {
    this.scan = scan;
    this.isLoaded = this.element.open;
    if (!this.isLoaded) { return; }
    try {
      const summary = await getSummary(scan, this.signal);
      if (scan === this.scan) { this.content.replaceChildren(scanFacts(scan, summary)); }
    } catch (error) {
      if (error.name === 'AbortError') { return; }
      this.isLoaded = false;
      this.content.replaceChildren(scanFacts(scan, {}));
      if (error.status !== 404) { showError(error); }
    }
  }
}

const scanFacts = (scan, { rule = {}, outputs, counts = [], scoredWindowCount, windowCount = scan.progress?.windowCount }) => {
  const seconds = scan.started && scan.ended ? (new Date(scan.ended) - new Date(scan.started)) / 1000 : null;
  const { request = {} } = scan, short = value => value === undefined ? null : +value.toPrecision(4);
  const classes = counts.filter(row => rule.labels?.includes(row.label)).map(row => row.className);
  return facts([
    ['Model', scan.model], ['Took', seconds === null ? null : duration(seconds)],
    ['Windows', !windowCount ? null : scoredWindowCount < windowCount ? `${grouped(scoredWindowCount)} of ${grouped(windowCount)}` : grouped(windowCount)],
    ['Mode', request.mode], ['Stride', request.stride && `${request.stride} pixels`], ['Views', request.views], ['Floor', request.floor],
    ['Threshold', short(rule.threshold)], ['Overlaps', methods.find(([key]) => key === rule.method)?.[1]], ['IoU', short(rule.iou)],
    ['Classes', classes.length < counts.length ? classes.join(', ') : null], ['Across classes', rule.acrossClasses && 'merged'],
    ['Moved', rule.movesBoxes && 'onto their objects'], ['Box share', rule.boxShare && percent(rule.boxShare, 0)],
    ['Truth', scan.hasTruth ? 'given' : null], ['Files', (outputs ?? scan.files ?? []).join(', ')],
  ]);
};
