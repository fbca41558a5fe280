// A photograph of a project in the deep zoom, where people draw boxes around what they look for.

import { get, path } from './api.js';
import { h, choices, counted, grouped, announce, showError } from './dom.js';
import { stage } from './scene.js';
import { markOf } from './filter.js';
import { labelQueue, saveStatus, newID } from './labels.js';
import { photographs, orderVersion, strip, drawAddress } from './photographs.js';
import { Shapes, boxBetween, movedBox, sameBox, overlap, handleCursor } from './shapes.js';
import { Thumbnails } from './crops.js';
import { chosenThreshold } from './result.js';

/** A pointer that has moved less has clicked. */
const clickPixels = 4;
/** Presses of arrow keys that follow each other are one move. */
const nudgeMilliseconds = 700;
const findLimit = 100;
const noFinds = { finds: [], threshold: null };
const historyLimit = 500;

export const drawView = async (content, name, id, signal) => {
  const queue = labelQueue(name), list = photographs(name);
  await queue.saved(2000);
  const project = await get(`projects/${path(name)}`, signal);
  const [scene, labels, finds] = await Promise.all([
    get(`scenes/${path(id)}`, signal),
    get(`projects/${path(name)}/labels?scene=${encodeURIComponent(id)}`, signal),
    project.roundCount > 0 ? get(`projects/${path(name)}/finds?scene=${encodeURIComponent(id)}`, signal).catch(() => noFinds) : noFinds,
    list.rows.length === 0 || list.version !== orderVersion(project) ? list.load(project, signal) : null,
  ]);
  const { viewer, panel } = stage(content, scene, signal);
  content.firstChild.classList.add('drawing');
  new Drawing({ project, scene, viewer, panel, queue, list, labels, finds, signal });
  return scene.name;
};

/** The class for new boxes, kept from photograph to photograph. */
const currentClasses = new Map();

class Drawing {
  constructor({ project, scene, viewer, panel, queue, list, labels, finds, signal }) {
    Object.assign(this, { project, scene, viewer, panel, queue, list, signal });
    this.finds = finds.finds;
    /** Weaker finds are not shown. */
    this.threshold = chosenThreshold(project.name) ?? finds.threshold ?? 0;
    this.classes = project.classes;
    this.current = this.classes.includes(currentClasses.get(project.name)) ? currentClasses.get(project.name) : this.classes[0];
    this.shapes = new Shapes(this.classes);
    this.history = [];
    this.take(labels);
    viewer.setLayer(this.shapes);
    viewer.onPick = (x, y) => this.#click(x, y, null);
    viewer.canvas.setAttribute('aria-label', `Photograph ${scene.name}, ${grouped(scene.width)} by ${grouped(scene.height)} pixels. B makes a box in the middle of the view, arrow keys move the chosen box, with Shift they change its size. Question mark shows all keys.`);
    viewer.canvas.setAttribute('aria-roledescription', 'photograph to draw on');
    this.tool = this.#makeTool();
    this.#build();
    this.setTool('draw');
    this.show();
    addEventListener('keydown', event => this.#key(event), { signal, capture: true });
    addEventListener('keyup', event => { if (event.key === ' ' && this.isHeld) { this.isHeld = false; this.#applyTool(); } }, { signal });
    signal.addEventListener('abort', queue.observeRefusals(event => { if (event.scene === scene.id) { this.#reload().catch(showError); } }));
    signal.addEventListener('abort', () => { this.isGone = true; this.#endNudge(); });
    this.#prefetch();
    requestAnimationFrame(() => viewer.canvas.focus({ preventScroll: true }));
  }

  /** Takes what the server knows of this photograph. */
  take({ labels, isComplete }) {
    this.isComplete = isComplete;
    const list = labels.filter(({ place }) => place !== 'whole')
      .map(({ place, label }) => ({ kind: place.box ? 'box' : 'window', box: place.box ?? place.window, label }));
    for (const find of this.finds.filter(find => find.score >= this.threshold).slice(0, findLimit)) {
      if (list.every(shape => overlap(shape.box, find.box) < 0.5)) { list.push({ kind: 'find', box: find.box, label: { class: find.class }, score: find.score }); }
    }
    this.shapes.list = list;
    this.shapes.chosen = null;
  }

  async #reload() {
    const { project, scene } = this;
    this.take(await get(`projects/${path(project.name)}/labels?scene=${encodeURIComponent(scene.id)}`, this.signal));
    this.history = [];
    this.show();
  }

  /** The next photograph comes quickly. */
  #prefetch() {
    const next = this.list.nextOpen(this.scene.id);
    if (!next) { return; }
    get(`scenes/${path(next.id)}`, this.signal).catch(() => {});
  }

  // The panel

  #build() {
    const { project, scene, list, panel, signal } = this;
    const key = text => h('kbd', { class: 'with-keys', text });
    const button = (text, shortcut, shown, onclick, properties = {}) => h('button', { type: 'button', 'aria-keyshortcuts': shortcut, onclick, ...properties }, h('span', { text }), ' ', key(shown));
    this.position = h('span', { class: 'note' });
    this.classButtons = this.classes.map((name, index) => h('button', { type: 'button', class: 'class-button', 'aria-pressed': 'false', 'aria-keyshortcuts': index < 9 ? String(index + 1) : null, onclick: () => { this.setClass(index); this.viewer.canvas.focus(); } },
      markOf(index), h('bdi', { text: name }), index < 9 && key(String(index + 1))));
    this.unsure = button('Not sure', 'q', 'Q', () => this.setUnsure());
    this.remove = button('Delete', 'Delete', 'Del', () => this.removeChosen());
    this.undoButton = button('Undo', 'u', 'U', () => this.undo());
    this.done = h('button', { type: 'button', class: 'primary wide', 'aria-keyshortcuts': 'Enter d', onclick: () => this.finish() });
    this.open = button('Open it again', '', '', () => this.reopen(), { class: 'wide' });
    this.open.querySelector('kbd').remove();
    this.previous = button('← Previous', ',', ',', () => this.go(-1));
    this.next = button('Next →', '.', '.', () => this.go(1));
    this.toolSegments = choices('Pointer', [['draw', 'Draw'], ['move', 'Move the view']], 'draw', tool => this.setTool(tool));
    this.findsCheck = h('input', { type: 'checkbox', checked: true, onchange: () => this.setFinds(this.findsCheck.checked) });
    this.findsLine = h('div', { class: 'finds' }, h('label', { class: 'check' }, this.findsCheck, h('span', {}, 'Show finds, dashed ', key('F'))), h('p', { class: 'note', text: 'Click on a find to accept it. Choose it with N and press Del where it is nothing.' }));
    this.shapeList = h('ul', { class: 'shape-list' });
    this.count = h('h2');
    this.stripPlace = h('div');
    this.thumbnails = new Thumbnails(signal);
    panel.append(
      h('p', { class: 'back draw-back' }, h('a', { href: `#/projects/${path(project.name)}` }, '← ', h('bdi', { text: project.name })), saveStatus(this.queue, signal)),
      h('h1', { tabindex: '-1' }, h('bdi', { text: scene.name })), this.position,
      h('fieldset', { class: 'class-buttons' }, h('legend', { text: 'Class of new boxes, and of the chosen box' }), this.classButtons),
      h('div', { class: 'actions tools' }, this.unsure, this.remove, this.undoButton),
      h('div', { class: 'finish' }, this.done, this.open, h('div', { class: 'steps' }, this.previous, this.next)),
      h('section', { class: 'part' }, this.count, this.shapeList, this.findsLine),
      h('section', { class: 'part' }, this.toolSegments, h('p', { class: 'note with-keys' }, 'Hold ', h('kbd', { text: 'Space' }), ' to move the view while you draw. The wheel zooms.'), h('p', { class: 'note touch-note', text: 'One finger draws, two fingers move and zoom.' })),
      h('section', { class: 'part' }, h('h2', { text: 'Photographs' }), this.stripPlace));
    list.observe(() => this.#showPosition(), signal);
  }

  #showPosition() {
    const { list, scene, project } = this, at = list.index(scene.id);
    const total = list.total ?? list.rows.length, done = list.rows.filter(row => row.isComplete).length;
    this.position.textContent = `${at >= 0 ? `Photograph ${grouped(at + 1)} of ${grouped(total)} · ` : ''}${grouped(done)} done`;
    this.previous.disabled = list.neighbour(scene.id, -1) === null;
    this.next.disabled = list.neighbour(scene.id, 1) === null;
    const start = Math.max(0, Math.min(at - 2, list.rows.length - 9));
    this.stripPlace.replaceChildren(strip(project.name, list.rows.slice(start, start + 9), this.thumbnails, scene.id));
  }

  /** Everything that depends on the boxes. */
  show() {
    if (this.isGone) { return; }
    const { shapes, isComplete } = this;
    const own = shapes.list.filter(shape => shape.kind === 'box'), windows = shapes.list.filter(shape => shape.kind === 'window'), finds = shapes.list.filter(shape => shape.kind === 'find');
    if (this.list.row(this.scene.id)) {
      this.list.change(this.scene.id, { objectCount: own.filter(shape => !shape.label.unsure).length, isComplete });
    }
    for (const [index, button] of this.classButtons.entries()) { button.setAttribute('aria-pressed', String(this.classes[index] === (shapes.chosen?.label?.class ?? this.current))); }
    this.unsure.disabled = this.remove.disabled = shapes.chosen === null;
    this.undoButton.disabled = this.history.length === 0;
    this.done.hidden = isComplete;
    this.open.hidden = !isComplete;
    this.done.replaceChildren(own.length === 0 ? 'Done: there is nothing on it' : 'Done: all objects are marked', ' ', h('kbd', { class: 'with-keys', text: 'Enter' }));
    this.count.textContent = `${counted(own.length, 'box', 'boxes')}${isComplete ? ', done' : ''}`;
    this.findsLine.hidden = finds.length === 0;
    const row = shape => h('li', {}, h('button', { type: 'button', class: 'link', 'aria-current': shape === shapes.chosen ? 'true' : null, onclick: () => { this.choose(shape, true); this.viewer.canvas.focus(); } }, this.describe(shape)));
    const shown = [...own, ...windows, ...finds].slice(0, 100);
    this.shapeList.replaceChildren(...(shown.length > 0 ? shown.map(row) : [h('li', { class: 'note', text: 'Draw a box around each object: press the button of the mouse at one corner and let it go at the other.' })]));
    this.#showPosition();
    this.viewer.redraw();
  }

  describe({ kind, box, label, score }) {
    const size = `${grouped(box[2] - box[0])} × ${grouped(box[3] - box[1])} pixels`;
    const what = label.unsure ? 'not sure' : kind === 'window' && !this.classes.includes(label.class) ? 'nothing here' : label.class;
    return kind === 'find' ? `find: ${what}, score ${score.toFixed(2)}, ${size}` : `${what}, ${size}`;
  }

  // What people do: each change is shown at once and goes into the queue.

  /** @param change gives the new list from a copy of the old one, and the chosen shape. */
  #act(events, change, words) {
    this.#endNudge();
    this.#record(events, change);
    announce(words);
  }

  #record(events, change) {
    const before = { list: this.shapes.list.map(shape => ({ ...shape })), isComplete: this.isComplete };
    for (const event of events) { event.id ??= newID(); event.scene = this.scene.id; }
    change();
    this.history.push({ ids: events.map(event => event.id), before });
    if (this.history.length > historyLimit) { this.history.shift(); }
    this.queue.push(events);
    this.show();
  }

  undo() {
    this.#endNudge();
    const last = this.history.pop();
    if (!last) { announce('There is nothing to undo.'); return; }
    this.shapes.list = last.before.list;
    this.shapes.chosen = null;
    this.isComplete = last.before.isComplete;
    this.queue.push([...last.ids].reverse().map(id => ({ scene: this.scene.id, undo: id })));
    this.show();
    announce('Undone.');
  }

  add(box, label = { class: this.current }) {
    const same = this.shapes.list.find(shape => shape.kind === 'box' && sameBox(shape.box, box));
    if (same) { this.choose(same, false); return; }
    const shape = { kind: 'box', box, label };
    this.#act([{ set: { box }, to: label }], () => {
      this.shapes.list = this.shapes.list.filter(other => other.kind !== 'find' || overlap(other.box, box) < 0.5).concat(shape);
      this.shapes.chosen = shape;
    }, `${label.class}, ${box[2] - box[0]} by ${box[3] - box[1]} pixels.`);
  }

  accept(find) { this.add([...find.box], { class: this.classes.includes(find.label.class) ? find.label.class : this.current }); }

  setClass(index) {
    const name = this.classes[index], { chosen } = this.shapes;
    if (name === undefined) { announce(`There is no class ${index + 1}.`); return; }
    this.current = name;
    currentClasses.set(this.project.name, name);
    if (chosen?.kind === 'find') { this.add([...chosen.box], { class: name }); return; }
    if (chosen && chosen.label.class !== name) { this.#relabel(chosen, { class: name }); return; }
    this.show();
    announce(`New boxes are ${name}.`);
  }

  setUnsure() {
    const { chosen } = this.shapes;
    if (!chosen) { return; }
    if (chosen.kind === 'find') { this.add([...chosen.box], { unsure: true }); } else if (!chosen.label.unsure) { this.#relabel(chosen, { unsure: true }); }
  }

  #relabel(shape, label) {
    this.#act([{ set: shape.kind === 'window' ? { window: shape.box } : { box: shape.box }, to: label }], () => { shape.label = label; }, label.unsure ? 'Not sure.' : `It is ${label.class}.`);
  }

  removeChosen() {
    const { chosen } = this.shapes;
    if (!chosen) { return; }
    const without = () => { this.shapes.list = this.shapes.list.filter(shape => shape !== chosen); this.shapes.chosen = null; };
    if (chosen.kind === 'find') {
      const label = { class: this.project.background };
      this.#act([{ set: { window: chosen.box }, to: label }], () => { without(); this.shapes.list = this.shapes.list.concat({ kind: 'window', box: chosen.box, label }); }, 'There is nothing here.');
    } else {
      this.#act([{ set: chosen.kind === 'window' ? { window: chosen.box } : { box: chosen.box }, to: null }], without, 'Deleted.');
    }
    this.viewer.canvas.focus();
  }

  /** Moves or resizes; where another box has just this place, nothing happens. */
  moveTo(shape, box, from = shape.box) {
    if (sameBox(from, box) || this.shapes.list.some(other => other !== shape && other.kind === 'box' && sameBox(other.box, box))) { shape.box = from; this.show(); return; }
    shape.box = from;
    this.#record([{ move: from, to: box }], () => { shape.box = box; });
    announce(`${box[2] - box[0]} by ${box[3] - box[1]} pixels at ${box[0]}, ${box[1]}.`);
  }

  #nudge(dx, dy, isResize) {
    const { chosen } = this.shapes, [x0, y0, x1, y1] = chosen.box, { scene } = this;
    this.nudged ??= { shape: chosen, from: chosen.box };
    chosen.box = isResize ? boxBetween([x0, y0], [Math.max(x0 + 1, x1 + dx), Math.max(y0 + 1, y1 + dy)], scene) : movedBox(chosen.box, dx, dy, scene);
    this.viewer.bringIntoView(chosen.box);
    this.viewer.redraw();
    clearTimeout(this.nudgeTimer);
    this.nudgeTimer = setTimeout(() => this.#endNudge(), nudgeMilliseconds);
  }

  #endNudge() {
    clearTimeout(this.nudgeTimer);
    const nudged = this.nudged;
    this.nudged = null;
    if (nudged) { this.moveTo(nudged.shape, nudged.shape.box, nudged.from); }
  }

  finish() {
    this.#endNudge();
    if (this.isComplete) { this.#advance(); return; }
    this.#act([{ set: 'whole', to: { class: 'complete' } }], () => { this.isComplete = true; }, 'Done.');
    this.#advance();
  }

  reopen() {
    this.#act([{ set: 'whole', to: null }], () => { this.isComplete = false; }, 'It is open again.');
    this.viewer.canvas.focus();
  }

  #advance() {
    const next = this.list.nextOpen(this.scene.id);
    location.hash = next ? drawAddress(this.project.name, next.id) : `#/projects/${path(this.project.name)}`;
  }

  go(by) {
    this.#endNudge();
    const next = this.list.neighbour(this.scene.id, by);
    if (next) { location.hash = drawAddress(this.project.name, next.id); } else { announce(by > 0 ? 'This is the last photograph.' : 'This is the first photograph.'); }
  }

  choose(shape, moves) {
    this.#endNudge();
    this.shapes.chosen = shape;
    if (shape && moves) {
      const [x0, y0, x1, y1] = shape.box;
      if (Math.max(x1 - x0, y1 - y0) * this.viewer.scale < 24) { this.viewer.zoomTo(shape.box); } else { this.viewer.bringIntoView(shape.box); }
    }
    this.show();
    if (shape) { announce(this.describe(shape)); }
  }

  step(by) {
    const { shown, chosen } = this.shapes;
    if (shown.length === 0) { announce('There are no boxes.'); return; }
    const at = shown.indexOf(chosen);
    this.choose(shown[at < 0 ? (by > 0 ? 0 : shown.length - 1) : (at + by + shown.length) % shown.length], true);
  }

  setFinds(isShown) {
    this.shapes.showsFinds = this.findsCheck.checked = isShown;
    if (!isShown && this.shapes.chosen?.kind === 'find') { this.shapes.chosen = null; }
    this.show();
  }

  // Pointers

  setTool(tool) {
    this.toolName = tool;
    const input = this.toolSegments.querySelector(`input[value=${tool}]`);
    input.checked = true;
    this.#applyTool();
  }

  #applyTool() {
    const draws = this.toolName === 'draw' && !this.isHeld;
    this.viewer.tool = draws ? this.tool : null;
    this.viewer.canvas.classList.toggle('crosshair', draws);
    this.viewer.canvas.style.cursor = '';
  }

  #click(x, y, event) {
    const shape = this.shapes.pick(x, y, this.viewer.scale, event);
    if (shape?.kind === 'find') { this.accept(shape); } else { this.choose(shape, false); }
  }

  #makeTool() {
    const { viewer, shapes, scene } = this;
    let gesture = null;
    const far = (x, y) => Math.hypot(x - gesture.x, y - gesture.y) * viewer.scale >= clickPixels;
    return {
      begin: (x, y, event) => {
        this.#endNudge();
        const handle = shapes.handle(x, y, viewer.scale, event), { chosen } = shapes;
        const moves = handle < 0 && chosen?.kind === 'box' && shapes.isInside(chosen, x, y);
        // A drag that begins far beside the photograph moves the view.
        const edge = 30 / viewer.scale;
        if (handle < 0 && !moves && (x < -edge || y < -edge || x > scene.width + edge || y > scene.height + edge)) { return false; }
        gesture = { x, y, handle, moves, from: chosen?.box, shape: chosen, hasMoved: false };
        return true;
      },
      move: (x, y) => {
        if (!gesture || !(gesture.hasMoved ||= far(x, y))) { return; }
        const { handle, moves, shape, from } = gesture;
        if (handle >= 0) {
          shape.box = shapes.resized(from, handle, x, y, scene);
        } else if (moves) {
          shape.box = movedBox(from, x - gesture.x, y - gesture.y, scene);
        } else {
          shapes.draft = { kind: 'box', box: boxBetween([gesture.x, gesture.y], [x, y], scene), label: { class: this.current } };
        }
        viewer.redraw();
      },
      end: (x, y, event) => {
        if (!gesture) { return; }
        const { handle, moves, shape, from, hasMoved } = gesture, { draft } = shapes;
        gesture = null;
        shapes.draft = null;
        if (!hasMoved) { if (handle < 0) { this.#click(x, y, event); } return; }
        if (handle >= 0 || moves) { this.moveTo(shape, shape.box, from); } else if (draft) { this.add(draft.box); }
      },
      cancel: () => {
        if (gesture?.hasMoved && gesture.shape && gesture.from) { gesture.shape.box = gesture.from; }
        gesture = null;
        shapes.draft = null;
        viewer.redraw();
      },
      hover: (x, y, event) => {
        const handle = shapes.handle(x, y, viewer.scale, event);
        viewer.canvas.style.cursor = handle >= 0 ? handleCursor(handle) : shapes.chosen?.kind === 'box' && shapes.isInside(shapes.chosen, x, y) ? 'move' : shapes.pick(x, y, viewer.scale, event)?.kind === 'find' ? 'pointer' : '';
      },
    };
  }

  // Keys

  #key(event) {
    if (event.altKey || document.querySelector('dialog[open]')) { return; }
    const isInScene = event.target === this.viewer.canvas;
    const isTyping = event.target.matches('input:not([type=checkbox], [type=radio], [type=range]), textarea, select');
    if (isTyping || (!isInScene && localStorage.getItem('tilescope-keys') === 'off')) { return; }
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const isCommand = event.ctrlKey || event.metaKey;
    const take = action => { event.preventDefault(); event.stopPropagation(); action(); };
    if (isCommand) { if (key === 'z' && !event.shiftKey) { take(() => this.undo()); } return; }
    const { chosen } = this.shapes;
    if (/^[1-9]$/.test(key)) { take(() => this.setClass(+key - 1)); return; }
    // Keys that buttons and fields have, too, work in the photograph only.
    if (isInScene || event.target === document.body) {
      const arrow = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
      if (arrow && chosen?.kind === 'box') {
        const step = Math.max(1, Math.round(1 / this.viewer.scale));
        take(() => this.#nudge(arrow[0] * step, arrow[1] * step, event.shiftKey));
        return;
      }
      const own = {
        ' ': () => { if (!this.isHeld) { this.isHeld = true; this.#applyTool(); } },
        Enter: () => { if (chosen?.kind === 'find') { this.accept(chosen); } else { this.finish(); } },
        Escape: () => { if (this.shapes.draft) { this.tool.cancel(); } else { this.choose(null, false); } },
        Delete: () => this.removeChosen(), Backspace: () => this.removeChosen(),
      }[key];
      if (own) { if (!event.repeat || key === ' ') { take(own); } else { take(() => {}); } return; }
    }
    const action = {
      d: () => this.finish(), q: () => this.setUnsure(), u: () => this.undo(), f: () => this.setFinds(!this.shapes.showsFinds),
      m: () => this.setTool(this.toolName === 'draw' ? 'move' : 'draw'), b: () => this.#middleBox(), z: () => { if (chosen) { this.viewer.zoomTo(chosen.box); } },
      n: () => this.step(1), j: () => this.step(1), p: () => this.step(-1), k: () => this.step(-1), '.': () => this.go(1), ',': () => this.go(-1),
      PageDown: () => this.go(1), PageUp: () => this.go(-1),
    }[key];
    if (action && !(event.repeat && key === 'd')) { take(action); }
  }

  /** For those who draw without a pointer. */
  #middleBox() {
    const { viewer, scene } = this, side = 0.15 * Math.min(viewer.width, viewer.height) / viewer.scale;
    this.add(boxBetween([viewer.x - side / 2, viewer.y - side / 2], [viewer.x + side / 2, viewer.y + side / 2], scene));
    viewer.canvas.focus();
  }
}
