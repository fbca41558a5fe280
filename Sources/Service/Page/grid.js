// Doubtful finds, many at a time: each is answered by one key, and nothing is built anew between two keys.

import { get, path } from './api.js';
import { h, counted, grouped, score, announce, showError, emptyState, debounced } from './dom.js';
import { classColour, casing } from './boxes.js';
import { markOf } from './filter.js';
import { labelQueue, saveStatus, newID } from './labels.js';
import { Crops, surroundings, drawContained, markBox } from './crops.js';
import { showSurroundings } from './surroundings.js';

/** Items that are asked for at first and at most, and how many before the end more are. */
const askCount = 200, askLimit = 10_000, aheadCount = 120;
const cellSide = 156, narrowSide = 108, captionHeight = 26, gap = 8;
/** Room around the cells for the frame of the focus; as in the style sheet. */
const edge = 3;
const narrowWidth = 560;
/** A cell may be smaller or larger than usual by this. */
const leastShare = 0.8;
/** Pages whose pictures are kept: this one, those before and after it. */
const keptPages = 5;
const historyLimit = 2000;
const unsure = { unsure: true };

export const checkView = async (content, name, signal) => {
  const queue = labelQueue(name);
  await queue.saved(2000);
  const [project, first] = await Promise.all([get(`projects/${path(name)}`, signal), get(`projects/${path(name)}/doubts?limit=${askCount}`, signal)]);
  const back = h('p', { class: 'back' }, h('a', { href: `#/projects/${path(name)}` }, '← ', h('bdi', { text: name })));
  if (first.items.length === 0) {
    content.append(back, h('header', { class: 'page-head' }, h('h1', { tabindex: '-1', text: 'Check' })),
      project.roundCount > 0 ? emptyState('There are no doubtful finds', 'The last round found nothing of which it is unsure.')
        : emptyState('There is nothing to check yet', 'Let the project learn first. Its doubtful finds are here then.'));
    return `Check, ${name}`;
  }
  document.body.dataset.layout = 'stage';
  new Checker({ content, back, project, items: first.items, queue, signal });
  return `Check, ${name}`;
};

const sameLabel = (a, b) => (a === null || b === null ? a === b : (a.unsure ?? false) === (b.unsure ?? false) && a.class === b.class);

class Checker {
  constructor({ content, back, project, items, queue, signal }) {
    Object.assign(this, { project, queue, signal });
    this.classes = project.classes;
    this.background = project.background;
    this.items = [];
    this.keys = new Set();
    this.answeredCount = 0;
    this.focus = 0;
    this.anchor = 0;
    this.selected = new Set();
    this.history = [];
    this.cells = [];
    this.shownPage = -1;
    this.crops = new Crops({ limit: 200, signal, onCrop: key => this.#drawCrop(key) });
    this.#build(content, back);
    this.#take(items);
    this.focus = Math.max(0, this.#nextOpen(-1));
    this.observer = new ResizeObserver(() => this.#fit());
    this.observer.observe(this.area);
    signal.addEventListener('abort', () => this.observer.disconnect());
    addEventListener('keydown', event => this.#key(event), { signal });
    signal.addEventListener('abort', queue.observeRefusals(event => this.#refused(event)));
    requestAnimationFrame(() => this.list.focus({ preventScroll: true }));
  }

  #build(content, back) {
    const key = text => h('kbd', { class: 'with-keys', text });
    const button = (shown, children, onclick, properties = {}) => h('button', { type: 'button', 'aria-keyshortcuts': shown.toLowerCase(), onclick: () => { onclick(); this.list.focus({ preventScroll: true }); }, ...properties }, children, ' ', key(shown));
    this.progress = h('span', { class: 'check-progress' });
    this.bar = h('progress', { max: 1, value: 0, 'aria-label': 'Answered' });
    this.list = h('div', { class: 'check-grid', role: 'listbox', tabindex: '0', 'aria-multiselectable': 'true', 'aria-label': 'Doubtful finds. A digit answers, 0 means nothing, Q means not sure. Question mark shows all keys.' });
    this.area = h('div', { class: 'check-area' }, this.list);
    this.pageText = h('span', { class: 'note' });
    this.severalButton = h('button', { type: 'button', class: 'touch-only', 'aria-pressed': 'false', text: 'Select several', onclick: () => { this.selectsSeveral = !this.selectsSeveral; this.severalButton.setAttribute('aria-pressed', String(this.selectsSeveral)); } });
    this.end = h('p', { class: 'check-end', role: 'status', hidden: true });
    content.append(h('div', { class: 'check-view' },
      h('header', { class: 'check-head' }, back, h('h1', { tabindex: '-1', text: 'Check doubtful finds' }), this.progress, saveStatus(this.queue, this.signal), this.bar),
      this.end, this.area,
      h('footer', { class: 'check-foot' },
        h('div', { class: 'answers', role: 'group', 'aria-label': 'Answers' },
          this.classes.map((name, index) => h('button', { type: 'button', class: 'class-button', onclick: () => { this.answer({ class: name }); this.list.focus({ preventScroll: true }); } }, markOf(index), h('bdi', { text: name }), index < 9 && key(String(index + 1)))),
          button('0', 'Nothing', () => this.answer({ class: this.background })), button('Q', 'Not sure', () => this.answer(unsure)), button('U', 'Undo', () => this.undo()),
          button('Enter', 'Surroundings', () => this.#open()), this.severalButton),
        h('div', { class: 'pager' },
          h('button', { type: 'button', text: '←', 'aria-label': 'Page before', onclick: () => { this.#turn(-1); this.list.focus({ preventScroll: true }); } }), this.pageText,
          h('button', { type: 'button', text: '→', 'aria-label': 'Page after', onclick: () => { this.#turn(1); this.list.focus({ preventScroll: true }); } })))));
    this.list.addEventListener('pointerdown', event => { if (event.target.closest('.cell')) { event.preventDefault(); this.list.focus({ preventScroll: true }); } });
    this.list.addEventListener('click', event => this.#click(event));
    this.list.addEventListener('dblclick', event => { if (event.target.closest('.cell')) { this.#open(); } });
  }

  // Items

  /** Takes items that are not here yet; says how many. */
  #take(items) {
    let count = 0;
    for (const item of items) {
      const key = `${item.scene}/${item.box.join()}`;
      if (this.keys.has(key)) { continue; }
      this.keys.add(key);
      const scene = { id: item.scene, version: item.version, width: item.width, height: item.height };
      this.items.push({ ...item, label: item.label ?? null, key, crop: { key, scene, part: surroundings(item.box, item), side: 0 } });
      if (item.label) { this.answeredCount += 1; }
      count += 1;
    }
    return count;
  }

  async #more() {
    if (this.isAsking || this.isAll) { return; }
    this.isAsking = true;
    try {
      // The list has no pages: each answer is twice as long as the last one.
      const limit = Math.min(askLimit, this.asked = 2 * (this.asked ?? askCount));
      const { items } = await get(`projects/${path(this.project.name)}/doubts?limit=${limit}`, this.signal);
      if (this.#take(items) === 0) { this.isAll = true; } else { this.#showProgress(); this.#prefetch(); }
    } catch (error) {
      if (error.name === 'AbortError') { return; }
      // What is here can be answered all the same.
      this.isAll = [400, 404, 422].includes(error.status);
      if (!this.isAll) { showError(error); }
    } finally { this.isAsking = false; }
  }

  /** The next one without an answer, after a place and round at the end; -1 for none. */
  #nextOpen(from) {
    const count = this.items.length;
    if (this.answeredCount >= count) { return -1; }
    for (let step = 1; step <= count; step += 1) { const at = (from + step) % count; if (this.items[at].label === null) { return at; } }
    return -1;
  }

  // Cells

  get page() { return Math.floor(this.focus / this.pageSize); }

  #fit() {
    const width = this.area.clientWidth - 2 * edge, height = this.area.clientHeight - 2 * edge;
    if (width < 1 || height < 1) { return; }
    const wanted = width < narrowWidth ? narrowSide : cellSide;
    // Of some sizes that are about as large, the one that fills the area best.
    const usual = Math.max(1, Math.floor((width + gap) / (wanted + gap)));
    let most = -1;
    for (let columns = Math.max(1, usual - 2); columns <= usual + 1; columns += 1) {
      const across = Math.floor((width - gap * (columns - 1)) / columns), rows = Math.max(1, Math.floor((height + gap) / (wanted * leastShare + captionHeight + gap)));
      for (let row = Math.max(1, rows - 3); row <= rows; row += 1) {
        const side = Math.min(across, Math.floor((height + gap) / row) - gap - captionHeight);
        if (side < leastShare * wanted || side > wanted / leastShare) { continue; }
        const filled = columns * row * side * side;
        if (filled > most) { most = filled; Object.assign(this, { columns, rows: row, side }); }
      }
    }
    if (most < 0) { Object.assign(this, { columns: usual, rows: 1, side: Math.max(32, Math.min(wanted, height - captionHeight)) }); }
    const ratio = Math.min(2, devicePixelRatio || 1), pixels = Math.min(1024, Math.round(this.side * ratio));
    const count = this.columns * this.rows;
    if (this.pageSize === count && this.pixels === pixels) { return; }
    if (this.pixels !== pixels) { for (const item of this.items) { item.crop.side = 0; } this.crops.close(); this.crops = new Crops({ limit: 200, signal: this.signal, onCrop: key => this.#drawCrop(key) }); }
    this.pageSize = count;
    this.pixels = pixels;
    this.crops.limit = keptPages * count;
    this.cells = Array.from({ length: count }, (_, index) => this.#makeCell(index));
    this.list.style.setProperty('--columns', this.columns);
    this.list.style.setProperty('--side', `${this.side}px`);
    this.list.replaceChildren(...this.cells.map(cell => cell.element));
    this.shownPage = -1;
    this.#showPage();
    this.#showProgress();
  }

  #makeCell(index) {
    const canvas = h('canvas', { width: this.pixels, height: this.pixels, 'aria-hidden': 'true' });
    const caption = document.createTextNode(''), key = h('span', { class: 'cell-mark', 'aria-hidden': 'true' });
    const element = h('div', { class: 'cell', id: `find-${index}`, role: 'option', 'aria-selected': 'false', 'data-cell': index }, canvas, h('div', { class: 'cell-caption', 'aria-hidden': 'true' }, key, h('span', {}, caption)));
    return { element, canvas, caption, index, item: null, drawn: null };
  }

  /** Fills the cells with the page of the focus; they stay the same elements. */
  #showPage() {
    const start = this.page * this.pageSize;
    this.shownPage = this.page;
    for (const cell of this.cells) {
      const item = this.items[start + cell.index] ?? null;
      cell.item = item;
      cell.element.hidden = item === null;
      if (item === null) { continue; }
      this.#showAnswer(cell);
      this.#showState(cell, start + cell.index);
      this.#draw(cell);
    }
    this.pageText.textContent = `Page ${grouped(this.page + 1)} of ${grouped(Math.ceil(this.items.length / this.pageSize))}`;
    this.list.setAttribute('aria-activedescendant', `find-${this.focus - start}`);
    this.#prefetch();
  }

  #draw(cell) {
    const { item, canvas } = cell, bitmap = this.crops.get(item.key);
    if (!bitmap) {
      if (cell.drawn !== null) { canvas.getContext('2d').clearRect(0, 0, canvas.width, canvas.height); cell.drawn = null; }
      cell.element.classList.toggle('missing', this.crops.hasFailed(item.key));
      return;
    }
    if (cell.drawn === item.key) { return; }
    cell.drawn = item.key;
    cell.element.classList.remove('missing');
    const [x, y, shown] = drawContained(canvas, bitmap), { box, crop: { part } } = item;
    const scale = shown * bitmap.width / (part[2] - part[0]);
    markBox(canvas, [x + (box[0] - part[0]) * scale, y + (box[1] - part[1]) * scale, (box[2] - box[0]) * scale, (box[3] - box[1]) * scale]);
  }

  #drawCrop(key) {
    const cell = this.cells.find(cell => cell.item?.key === key);
    if (cell) { this.#draw(cell); }
  }

  /** This page from the focus on, the next two, and then the one before. */
  #prefetch() {
    if (!this.pageSize) { return; }
    const start = this.page * this.pageSize, end = start + 3 * this.pageSize;
    const wanted = [...this.items.slice(this.focus, end), ...this.items.slice(start, this.focus), ...this.items.slice(Math.max(0, start - this.pageSize), start)];
    for (const item of wanted) { item.crop.side = Math.max(32, this.pixels); }
    this.crops.want(wanted.map(item => item.crop));
    if (this.items.length - this.focus < aheadCount) { this.#more(); }
  }

  #words(label) {
    return label === null ? null : label.unsure ? 'not sure' : label.class === this.background ? 'nothing' : label.class;
  }

  #showAnswer(cell) {
    const { item, element } = cell, { label } = item;
    const index = label?.class === undefined ? -1 : this.classes.indexOf(label.class);
    const state = label === null ? 'open' : label.unsure ? 'unsure' : index >= 0 ? 'class' : 'nothing';
    if (cell.state !== state) { element.dataset.state = cell.state = state; }
    if (index >= 0 && cell.mark !== index) {
      cell.mark = index;
      element.style.setProperty('--mark', classColour(index));
      element.style.setProperty('--mark-edge', casing(index));
    }
    const guess = item.class === null ? 'anything here?' : `${item.class}?${item.score === null ? '' : ` ${score(item.score)}`}`;
    const words = this.#words(label);
    cell.caption.data = words ?? guess;
    element.setAttribute('aria-label', `${item.number}: ${words === null ? guess : `answered ${words}`}`);
  }

  #showState(cell, index) {
    const isFocus = index === this.focus, isSelected = this.selected.has(index);
    cell.element.classList.toggle('focus', isFocus);
    cell.element.classList.toggle('selected', isSelected);
    cell.element.setAttribute('aria-selected', String(isSelected || (isFocus && this.selected.size === 0)));
  }

  #cellOf(index) { return Math.floor(index / this.pageSize) === this.shownPage ? this.cells[index - this.shownPage * this.pageSize] : null; }

  #showProgress() {
    const total = this.items.length, isOver = this.answeredCount >= total;
    this.progress.textContent = `${grouped(this.answeredCount)} of ${grouped(total)} answered`;
    this.bar.value = total > 0 ? this.answeredCount / total : 0;
    if (this.end.hidden === isOver) {
      this.end.hidden = !isOver;
      this.end.replaceChildren('All are answered. ', h('a', { class: 'button primary', href: `#/projects/${path(this.project.name)}`, text: 'Learn again' }));
    }
  }

  // Moving

  moveTo(index, extends_ = false) {
    const before = this.focus, next = Math.max(0, Math.min(this.items.length - 1, index));
    const old = this.selected;
    this.focus = next;
    if (extends_) {
      const [low, high] = [Math.min(this.anchor, next), Math.max(this.anchor, next)];
      this.selected = new Set(Array.from({ length: high - low + 1 }, (_, k) => low + k));
    } else {
      this.anchor = next;
      if (old.size > 0) { this.selected = new Set(); }
    }
    if (this.page !== this.shownPage) { this.#showPage(); return; }
    const changed = new Set([before, next]);
    if (old !== this.selected) { for (const set of [old, this.selected]) { for (const at of set) { changed.add(at); } } }
    for (const at of changed) { const cell = this.#cellOf(at); if (cell) { this.#showState(cell, at); } }
    this.list.setAttribute('aria-activedescendant', `find-${next - this.shownPage * this.pageSize}`);
    if (this.items.length - next < aheadCount) { this.#more(); }
  }

  #turn(by) {
    const pages = Math.ceil(this.items.length / this.pageSize), page = Math.max(0, Math.min(pages - 1, this.page + by));
    this.moveTo(page * this.pageSize);
  }

  #toggle(index) {
    if (this.selected.has(index)) { this.selected.delete(index); } else { this.selected.add(index); }
    const before = this.focus;
    this.focus = this.anchor = index;
    for (const at of [before, index]) { const cell = this.#cellOf(at); if (cell) { this.#showState(cell, at); } }
    this.list.setAttribute('aria-activedescendant', `find-${index - this.shownPage * this.pageSize}`);
  }

  #click(event) {
    const element = event.target.closest('.cell');
    if (!element) { return; }
    const index = this.shownPage * this.pageSize + +element.dataset.cell;
    if (index >= this.items.length) { return; }
    if (event.ctrlKey || event.metaKey || this.selectsSeveral) { this.#toggle(index); } else { this.moveTo(index, event.shiftKey); }
  }

  // Answers

  #place(item, label) {
    return label.class === this.background ? { window: item.box } : { box: item.box };
  }

  /** What makes one label of an item another one. */
  #events(item, to) {
    const from = item.label, events = [];
    if (from !== null) {
      const place = this.#place(item, from);
      // Something and nothing are said of different places.
      if (to === null || Object.keys(place)[0] !== Object.keys(this.#place(item, to))[0]) { events.push({ id: newID(), scene: item.scene, set: place, to: null }); }
    }
    if (to !== null) { events.push({ id: newID(), scene: item.scene, set: this.#place(item, to), to }); }
    return events;
  }

  #setLabel(index, label) {
    const item = this.items[index];
    this.answeredCount += (label === null ? 0 : 1) - (item.label === null ? 0 : 1);
    item.label = label;
    const cell = this.#cellOf(index);
    if (cell) { this.#showAnswer(cell); }
  }

  /** Answers the selected ones, or the one with the focus, and goes on to the next without an answer. */
  answer(label) {
    const indexes = this.selected.size > 0 ? [...this.selected].sort((a, b) => a - b) : [this.focus];
    const changed = indexes.filter(index => !sameLabel(this.items[index].label, label));
    if (changed.length > 0) {
      const events = changed.flatMap(index => this.#events(this.items[index], label));
      this.history.push({ focus: this.focus, items: changed.map(index => [index, this.items[index].label]), ids: events.map(event => [event.id, event.scene]) });
      if (this.history.length > historyLimit) { this.history.shift(); }
      for (const index of changed) { this.#setLabel(index, label); }
      this.queue.push(events);
      this.#showProgress();
    }
    if (indexes.length > 1) { announce(`${counted(indexes.length, 'find')}: ${this.#words(label)}.`); }
    const next = this.#nextOpen(indexes[indexes.length - 1]);
    if (next >= 0) { this.moveTo(next); } else {
      this.moveTo(Math.min(this.items.length - 1, indexes[indexes.length - 1] + 1));
      announce('All are answered.');
    }
  }

  undo() {
    const last = this.history.pop();
    if (!last) { announce('There is nothing to undo.'); return; }
    for (const [index, label] of last.items) { this.#setLabel(index, label); }
    this.queue.push(last.ids.reverse().map(([id, scene]) => ({ scene, undo: id })));
    this.#showProgress();
    this.moveTo(last.focus);
    announce('Undone.');
  }

  /** The server has another label: it is asked which. */
  #refused = debounced(300, () => {
    get(`projects/${path(this.project.name)}/doubts?limit=${Math.min(askLimit, Math.max(askCount, this.items.length))}`, this.signal).then(({ items }) => {
      const labels = new Map(items.map(item => [`${item.scene}/${item.box.join()}`, item.label ?? null]));
      this.items.forEach((item, index) => { const label = labels.get(item.key); if (label !== undefined && !sameLabel(label, item.label)) { this.#setLabel(index, label); } });
      this.#showProgress();
    }).catch(showError);
  });

  #labelOf(key) {
    if (key === '0') { return { class: this.background }; }
    if (key.toLowerCase() === 'q') { return unsure; }
    const name = /^[1-9]$/.test(key) ? this.classes[+key - 1] : undefined;
    return name === undefined ? null : { class: name };
  }

  #open() {
    if (this.isOpening) { return; }
    this.isOpening = true;
    showSurroundings(this.items[this.focus], {
      project: this.project.name, classes: this.classes, signal: this.signal,
      onKey: key => { const label = this.#labelOf(key); if (label) { this.answer(label); } return label !== null; },
    }).catch(showError).finally(() => { this.isOpening = false; });
  }

  #key(event) {
    if (event.altKey || document.querySelector('dialog[open]') || !this.pageSize) { return; }
    const isInGrid = event.target === this.list || event.target === document.body;
    if (!isInGrid && localStorage.getItem('tilescope-keys') === 'off') { return; }
    const { key } = event, isCommand = event.ctrlKey || event.metaKey;
    const take = action => { event.preventDefault(); action(); };
    if (isCommand) {
      if (key.toLowerCase() === 'z' && !event.shiftKey) { take(() => this.undo()); }
      if (key.toLowerCase() === 'a' && isInGrid) {
        take(() => { this.anchor = this.page * this.pageSize; this.moveTo(Math.min(this.items.length, this.anchor + this.pageSize) - 1, true); });
      }
      return;
    }
    const label = this.#labelOf(key);
    if (label) { take(() => this.answer(label)); return; }
    if (key.toLowerCase() === 'u') { take(() => this.undo()); return; }
    if (!isInGrid) { return; }
    const move = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.columns, ArrowDown: this.columns }[key];
    if (move) { take(() => { const to = this.focus + move; if (to >= 0 && to < this.items.length) { this.moveTo(to, event.shiftKey); } }); return; }
    const action = {
      Enter: () => this.#open(), PageDown: () => this.#turn(1), PageUp: () => this.#turn(-1), Home: () => this.moveTo(0, event.shiftKey), End: () => this.moveTo(this.items.length - 1, event.shiftKey),
      Escape: () => this.moveTo(this.focus), ' ': () => { const next = this.#nextOpen(this.focus); if (next >= 0) { this.moveTo(next); } },
    }[key];
    if (action) { take(action); }
  }
}
