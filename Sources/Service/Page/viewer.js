// A canvas that shows a scene of any size: tiles below, and a layer of boxes over them.

import { h, s, prefersLessMotion, colour, grouped, announce } from './dom.js';
import { Tiles } from './tiles.js';

/** Pixels of the screen for one of the scene, at most. */
const largestScale = 16;
const moveMilliseconds = 180;
/** As the server shows what it cannot read. */
const damageColour = '#808080';
/** Measurements that are kept for whoever wants to look at them. */
const keptMeasurements = 4000;

export class Viewer {
  /**
   * @param scene as the API describes it.
   * @param signal ends it.
   */
  constructor(scene, signal) {
    this.scene = scene;
    this.layer = null;
    this.onPick = null;
    /**
     * What takes the pointer in the place of moving the scene: `begin`, `move`, `end` and `hover` get `(x, y, event)` in pixels of the
     * scene, `cancel` is called when a second finger comes. Only where `begin` says true does it get the rest.
     */
    this.tool = null;
    this.x = scene.width / 2;
    this.y = scene.height / 2;
    this.scale = 0;
    this.measurementCount = 0;
    this.opened = performance.now();
    this.tiles = new Tiles(scene, () => { this.#showDamage(); this.redraw(); });
    this.#build();
    this.#listen(signal);
    signal.addEventListener('abort', () => { this.tiles.close(); this.observer.disconnect(); cancelAnimationFrame(this.request); });
  }

  #build() {
    this.canvas = h('canvas', {
      tabindex: '0', role: 'application', 'aria-roledescription': 'scene viewer',
      'aria-label': `Scene ${this.scene.name}, ${grouped(this.scene.width)} by ${grouped(this.scene.height)} pixels. `
        + 'Arrow keys move, plus and minus zoom, N and P go to the next and the previous box, question mark shows all keys.',
    });
    this.context = this.canvas.getContext('2d', { alpha: false });
    const button = (label, drawing, action) => h('button', { type: 'button', 'aria-label': label, title: label, onclick: action },
      s('svg', { viewBox: '0 0 16 16', width: 16, height: 16, 'aria-hidden': 'true' }, s('path', { d: drawing })));
    this.eye = button('Hide the boxes', 'M1 8C4 3 12 3 15 8C12 13 4 13 1 8ZM8 6A2 2 0 1 0 8 10A2 2 0 1 0 8 6', () => this.toggleLayer());
    this.eye.setAttribute('aria-pressed', 'false');
    this.eye.hidden = true;
    this.ruler = h('div', { class: 'ruler', 'aria-hidden': 'true' }, this.rulerBar = h('span', { class: 'ruler-bar' }), this.rulerText = h('span'));
    this.position = h('div', { class: 'position', 'aria-hidden': 'true' });
    this.hint = h('div', { class: 'hint', hidden: true, text: 'A square stands for several boxes. Zoom in to see each of them.' });
    this.notice = h('p', { class: 'viewer-notice', hidden: true });
    this.notices = h('div', { class: 'viewer-notices', role: 'status' }, this.notice);
    this.map = h('canvas', { class: 'map', 'aria-hidden': 'true' });
    this.element = h('div', { class: 'viewer' }, this.canvas, this.map,
      h('div', { class: 'zoom', role: 'group', 'aria-label': 'Zoom' },
        button('Zoom in', 'M8 2V14M2 8H14', () => this.zoom(2)), button('Zoom out', 'M2 8H14', () => this.zoom(0.5)),
        button('Show the whole scene', 'M2 6V2H6M10 2H14V6M14 10V14H10M6 14H2V10', () => this.showAll()), this.eye),
      h('div', { class: 'viewer-foot' }, this.ruler, this.hint, this.position), this.notices);
  }

  /** Boxes can be hidden, to see what is below them. */
  setLayer(layer) {
    this.layer = layer;
    this.eye.hidden = !layer;
    this.redraw();
  }

  toggleLayer() {
    this.hidesLayer = !this.hidesLayer;
    this.eye.setAttribute('aria-pressed', String(this.hidesLayer));
    announce(this.hidesLayer ? 'Boxes are hidden.' : 'Boxes are shown.');
    this.redraw();
  }

  say(text) { this.notice.hidden = !text; if (this.notice.textContent !== text) { this.notice.textContent = text; } }

  /** Said once, however many tiles it concerns. */
  #showDamage() {
    if (!this.tiles.hasDamage || this.saysDamage) { return; }
    this.saysDamage = true;
    this.notices.append(h('p', { class: 'viewer-notice', text: 'Parts of this scene cannot be read; they are shown grey.' }));
  }

  // The view

  get leastScale() { return Math.min(1, 0.5 * this.fitScale); }
  get fitScale() { return 0.96 * Math.min(this.width / this.scene.width, this.height / this.scene.height); }

  redraw() { this.request ??= requestAnimationFrame(now => this.#frame(now)); }

  #keepInside() {
    this.scale = Math.min(largestScale, Math.max(this.leastScale, this.scale));
    this.x = Math.min(this.scene.width, Math.max(0, this.x));
    this.y = Math.min(this.scene.height, Math.max(0, this.y));
  }

  /** Moves there, at once where people want less motion. */
  goTo({ x = this.x, y = this.y, scale = this.scale }, isAnimated = true) {
    this.isWhole = false;
    const to = { x, y, scale: Math.min(largestScale, Math.max(this.leastScale, scale)) };
    if (!isAnimated || prefersLessMotion() || !this.scale) {
      this.motion = null;
      Object.assign(this, to);
      this.#keepInside();
    } else {
      this.motion = { from: { x: this.x, y: this.y, scale: this.scale }, to, start: performance.now() };
    }
    this.redraw();
  }

  showAll(isAnimated = true) { this.goTo({ x: this.scene.width / 2, y: this.scene.height / 2, scale: this.fitScale }, isAnimated); this.isWhole = true; }

  zoom(factor) { const goal = this.motion?.to ?? this; this.goTo({ x: goal.x, y: goal.y, scale: goal.scale * factor }); }

  pan(dx, dy) { const goal = this.motion?.to ?? this; this.goTo({ x: goal.x + dx / goal.scale, y: goal.y + dy / goal.scale, scale: goal.scale }); }

  /** So that the box takes about a quarter of the view. */
  zoomTo([x0, y0, x1, y1]) {
    const scale = Math.min(8, 0.25 * Math.min(this.width / (x1 - x0), this.height / (y1 - y0)));
    this.goTo({ x: (x0 + x1) / 2, y: (y0 + y1) / 2, scale });
  }

  /** Moves only if the box is not in view yet. */
  bringIntoView([x0, y0, x1, y1]) {
    const goal = this.motion?.to ?? this;
    const x = (x0 + x1) / 2, y = (y0 + y1) / 2, edge = 40;
    const isInside = Math.abs(x - goal.x) * goal.scale < this.width / 2 - edge && Math.abs(y - goal.y) * goal.scale < this.height / 2 - edge;
    if (!isInside) { this.goTo({ x, y, scale: goal.scale }); }
  }

  #zoomAt(factor, px, py) {
    this.motion = null;
    this.isWhole = false;
    const x = this.x + (px - this.width / 2) / this.scale, y = this.y + (py - this.height / 2) / this.scale;
    this.scale = Math.min(largestScale, Math.max(this.leastScale, this.scale * factor));
    this.x = x - (px - this.width / 2) / this.scale;
    this.y = y - (py - this.height / 2) / this.scale;
    this.#keepInside();
    this.redraw();
  }

  // What people do

  #listen(signal) {
    this.observer = new ResizeObserver(() => this.#fit());
    this.observer.observe(this.canvas);
    const on = (name, action, options = {}) => this.canvas.addEventListener(name, action, { signal, ...options });
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { this.ground = null; this.redraw(); }, { signal });
    const pointers = new Map();
    let moved = 0;
    const place = event => { const box = this.canvas.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top]; };
    // Also over the map and the buttons, which would be holes in the scene else.
    this.element.addEventListener('wheel', event => {
      event.preventDefault();
      const unit = event.deltaMode === 1 ? 30 : event.deltaMode === 2 ? 300 : 1;
      const speed = event.ctrlKey ? 0.01 : 0.002;
      this.#zoomAt(Math.exp(-Math.max(-300, Math.min(300, event.deltaY * unit)) * speed), ...place(event));
    }, { signal, passive: false });
    const spot = event => { const [px, py] = place(event); return [this.x + (px - this.width / 2) / this.scale, this.y + (py - this.height / 2) / this.scale]; };
    let taken = null;
    // The middle button moves the scene below a tool.
    on('mousedown', event => { if (event.button === 1 && this.tool) { event.preventDefault(); } });
    on('pointerdown', event => {
      if (event.button > (this.tool ? 1 : 0)) { return; }
      if (pointers.size === 0) { moved = 0; }
      if (taken !== null) { taken = null; this.tool?.cancel(); } else if (pointers.size === 0 && event.button === 0 && this.tool?.begin(...spot(event), event)) { taken = event.pointerId; }
      pointers.set(event.pointerId, place(event));
      this.canvas.setPointerCapture(event.pointerId);
      this.motion = null;
      if (taken === null) { this.canvas.classList.add('dragged'); }
    });
    on('pointermove', event => {
      const to = place(event), from = pointers.get(event.pointerId);
      this.pointer = to;
      if (!from) { this.tool?.hover(...spot(event), event); this.#showPosition(); return; }
      if (event.pointerId === taken) {
        pointers.set(event.pointerId, to);
        this.tool?.move(...spot(event), event);
        this.#showPosition();
        return;
      }
      const others = [...pointers].filter(([id]) => id !== event.pointerId);
      pointers.set(event.pointerId, to);
      moved += Math.hypot(to[0] - from[0], to[1] - from[1]);
      if (others.length > 0) {
        const other = others[0][1];
        const before = Math.hypot(from[0] - other[0], from[1] - other[1]), after = Math.hypot(to[0] - other[0], to[1] - other[1]);
        moved += 10;
        this.#zoomAt(after / Math.max(1, before), (to[0] + other[0]) / 2, (to[1] + other[1]) / 2);
      }
      const share = others.length > 0 ? 0.5 : 1;
      this.isWhole = false;
      this.x -= share * (to[0] - from[0]) / this.scale;
      this.y -= share * (to[1] - from[1]) / this.scale;
      this.#keepInside();
      this.redraw();
    });
    const end = event => {
      if (!pointers.delete(event.pointerId)) { return; }
      if (pointers.size === 0) { this.canvas.classList.remove('dragged'); }
      if (event.pointerId === taken) {
        taken = null;
        if (event.type === 'pointerup') { this.tool?.end(...spot(event), event); } else { this.tool?.cancel(); }
        return;
      }
      if (event.type === 'pointerup' && moved < 5) {
        const [px, py] = place(event);
        this.onPick?.(this.x + (px - this.width / 2) / this.scale, this.y + (py - this.height / 2) / this.scale, 8 / this.scale);
      }
    };
    on('pointerup', end);
    on('pointercancel', end);
    on('pointerleave', () => { this.pointer = null; this.#showPosition(); });
    this.map.addEventListener('pointerdown', event => {
      const box = this.map.getBoundingClientRect();
      this.goTo({ x: (event.clientX - box.left) / box.width * this.scene.width, y: (event.clientY - box.top) / box.height * this.scene.height });
    }, { signal });
    on('dblclick', event => { if (!this.tool) { this.#zoomAt(2, ...place(event)); } });
    on('keydown', event => {
      if (event.ctrlKey || event.metaKey || event.altKey) { return; }
      const step = event.shiftKey ? 0.9 * this.width : 96;
      const action = {
        ArrowLeft: () => this.pan(-step, 0), ArrowRight: () => this.pan(step, 0),
        ArrowUp: () => this.pan(0, -step), ArrowDown: () => this.pan(0, step),
        '+': () => this.zoom(1.5), '=': () => this.zoom(1.5), '-': () => this.zoom(1 / 1.5), _: () => this.zoom(1 / 1.5),
        h: () => this.toggleLayer(), 0: () => this.showAll(), 1: () => this.goTo({ scale: 1 }),
      }[event.key];
      if (action) { event.preventDefault(); action(); }
    });
  }

  #fit() {
    const box = this.canvas.getBoundingClientRect();
    if (box.width < 1 || box.height < 1) { return; }
    const wasWhole = !this.scale || this.isWhole;
    this.width = box.width;
    this.height = box.height;
    this.ratio = Math.min(2, window.devicePixelRatio || 1);
    this.canvas.width = Math.round(box.width * this.ratio);
    this.canvas.height = Math.round(box.height * this.ratio);
    if (wasWhole) { this.showAll(false); } else { this.#keepInside(); }
    // Drawn at once: a canvas that was resized is empty.
    cancelAnimationFrame(this.request);
    this.request = null;
    this.#frame(performance.now());
  }

  // Drawing

  #frame(now) {
    this.request = null;
    // The canvas has no size yet.
    if (!this.scale) { return; }
    const start = performance.now();
    if (this.motion) { this.#advance(now); }
    this.tiles.frame += 1;
    const isComplete = this.#draw();
    this.#measure(start, isComplete);
    if (this.motion) { this.redraw(); }
  }

  #advance(now) {
    const { from, to, start } = this.motion;
    const time = Math.min(1, Math.max(0, (now - start) / moveMilliseconds)), part = 1 - (1 - time) ** 3;
    this.scale = from.scale * (to.scale / from.scale) ** part;
    // The goal comes to the centre of the screen in a straight line.
    this.x = to.x - (to.x - from.x) * from.scale * (1 - part) / this.scale;
    this.y = to.y - (to.y - from.y) * from.scale * (1 - part) / this.scale;
    if (time >= 1) { this.motion = null; Object.assign(this, to); }
    this.#keepInside();
  }

  /** Each frame is a measurement of the browser's, named "frame"; the first view is "first-tile" and "first-view". */
  #measure(start, isComplete) {
    const end = performance.now();
    performance.measure('frame', { start, end });
    this.measurementCount += 1;
    if (this.measurementCount % keptMeasurements === 0) { performance.clearMeasures('frame'); }
    if (!this.hasTile && this.tiles.tiles.size > 0) {
      this.hasTile = true;
      performance.measure('first-tile', { start: this.opened, end });
    }
    if (!this.hasView && isComplete) {
      this.hasView = true;
      performance.measure('first-view', { start: this.opened, end });
    }
  }

  #draw() {
    const { context, canvas, scene, ratio } = this;
    this.ground ??= colour('--stage');
    context.fillStyle = this.ground;
    context.fillRect(0, 0, canvas.width, canvas.height);
    const scale = this.scale * ratio;
    // In pixels of the canvas, the scene's corner; in pixels of the scene, what is seen.
    const left = canvas.width / 2 - this.x * scale, top = canvas.height / 2 - this.y * scale;
    const view = {
      left, top, scale, ratio, width: canvas.width, height: canvas.height,
      x0: Math.max(0, -left / scale), y0: Math.max(0, -top / scale),
      x1: Math.min(scene.width, (canvas.width - left) / scale), y1: Math.min(scene.height, (canvas.height - top) / scale),
    };
    const isComplete = this.#drawTiles(view);
    this.#drawMap(view);
    if (!this.hidesLayer) { this.layer?.draw(context, view); }
    const isAggregated = this.layer !== null && !this.hidesLayer && this.layer.isAggregated === true;
    if (this.hint.hidden === isAggregated) { this.hint.hidden = !isAggregated; }
    this.#showRuler();
    this.#showPosition();
    return isComplete;
  }

  #drawTiles(view) {
    const { context, scene, tiles } = this;
    const level = Math.min(scene.levelCount - 1, Math.max(0, Math.floor(Math.log2(1 / view.scale) + 0.25)));
    const side = tiles.side * 2 ** level;
    const columns = [Math.max(0, Math.floor(view.x0 / side)), Math.min(tiles.columns(level), Math.ceil(view.x1 / side))];
    const rows = [Math.max(0, Math.floor(view.y0 / side)), Math.min(tiles.rows(level), Math.ceil(view.y1 / side))];
    const middle = [(view.x0 + view.x1) / 2 / side - 0.5, (view.y0 + view.y1) / 2 / side - 0.5];
    const missing = [];
    context.imageSmoothingEnabled = view.scale < 3;
    for (let row = rows[0]; row < rows[1]; row += 1) {
      for (let column = columns[0]; column < columns[1]; column += 1) {
        const bitmap = tiles.bitmap(level, column, row);
        // The edges of neighbours lie on the same pixels, so that no gap shows.
        const x0 = Math.round(view.left + column * side * view.scale), y0 = Math.round(view.top + row * side * view.scale);
        const x1 = Math.round(view.left + Math.min(scene.width, (column + 1) * side) * view.scale);
        const y1 = Math.round(view.top + Math.min(scene.height, (row + 1) * side) * view.scale);
        if (bitmap) { context.drawImage(bitmap, x0, y0, x1 - x0, y1 - y0); continue; }
        if (tiles.hasFailed(level, column, row)) {
          context.fillStyle = damageColour;
          context.fillRect(x0, y0, x1 - x0, y1 - y0);
          continue;
        }
        this.#drawCoarser(level, column, row, x0, y0, x1, y1);
        missing.push([level, column, row, Math.hypot(column - middle[0], row - middle[1])]);
      }
    }
    missing.sort((a, b) => a[3] - b[3]);
    const needed = missing.map(tile => tile.slice(0, 3));
    tiles.want([...this.#overviews(level, columns, rows, missing.length > 0), ...needed, ...(needed.length === 0 ? this.#neighbours(level, columns, rows) : [])]);
    return needed.length === 0;
  }

  /** The part of a coarser tile that is here; finer tiles over it, which are here after zooming out. */
  #drawCoarser(level, column, row, x0, y0, x1, y1) {
    const { context, scene, tiles } = this;
    for (let up = 1; level + up < scene.levelCount; up += 1) {
      const factor = 2 ** up, bitmap = tiles.bitmap(level + up, Math.floor(column / factor), Math.floor(row / factor));
      if (!bitmap) { continue; }
      const part = tiles.side / factor;
      const sx = column % factor * part, sy = row % factor * part;
      const width = Math.min(part, bitmap.width - sx), height = Math.min(part, bitmap.height - sy);
      if (width > 0 && height > 0) { context.drawImage(bitmap, sx, sy, width, height, x0, y0, x1 - x0, y1 - y0); }
      break;
    }
    if (level === 0) { return; }
    for (let child = 0; child < 4; child += 1) {
      const across = child & 1, down = child >> 1;
      const bitmap = tiles.bitmap(level - 1, 2 * column + across, 2 * row + down);
      if (!bitmap) { continue; }
      const side = tiles.side * 2 ** (level - 1), scale = this.scale * this.ratio;
      const cx = x0 + Math.round(across * side * scale), cy = y0 + Math.round(down * side * scale);
      context.drawImage(bitmap, cx, cy, Math.ceil(bitmap.width * 2 ** (level - 1) * scale), Math.ceil(bitmap.height * 2 ** (level - 1) * scale));
    }
  }

  /** The smallest overview, and a few coarse tiles, so that a fast move shows something at once. */
  #overviews(level, columns, rows, isMissing) {
    const top = this.scene.levelCount - 1, wanted = [];
    if (!this.tiles.bitmap(top, 0, 0)) { wanted.push([top, 0, 0]); }
    const coarse = level + 3;
    if (!isMissing || coarse >= top) { return wanted; }
    for (let row = rows[0] >> 3; row <= (rows[1] - 1) >> 3; row += 1) {
      for (let column = columns[0] >> 3; column <= (columns[1] - 1) >> 3; column += 1) {
        if (!this.tiles.bitmap(coarse, column, row)) { wanted.push([coarse, column, row]); }
      }
    }
    return wanted;
  }

  /** One ring around the view, once the view itself is there. */
  #neighbours(level, columns, rows) {
    const wanted = [];
    const most = [this.tiles.columns(level), this.tiles.rows(level)];
    for (let row = rows[0] - 1; row <= rows[1]; row += 1) {
      for (let column = columns[0] - 1; column <= columns[1]; column += 1) {
        const isSeen = row >= rows[0] && row < rows[1] && column >= columns[0] && column < columns[1];
        if (isSeen || row < 0 || column < 0 || column >= most[0] || row >= most[1]) { continue; }
        if (!this.tiles.bitmap(level, column, row)) { wanted.push([level, column, row]); }
      }
    }
    return wanted;
  }

  // Around the canvas

  /** The whole scene in a corner, with a frame around what is seen; only while not all of it is seen. */
  #drawMap(view) {
    const { scene, map, ratio } = this;
    const bitmap = this.tiles.bitmap(scene.levelCount - 1, 0, 0);
    const isUseful = bitmap !== null && this.width > 560 && (view.x1 - view.x0) * (view.y1 - view.y0) < 0.6 * scene.width * scene.height;
    if (map.hidden === isUseful) { map.hidden = !isUseful; }
    if (!isUseful) { return; }
    const scale = 132 / Math.max(scene.width, scene.height), width = Math.max(12, scene.width * scale), height = Math.max(12, scene.height * scale);
    if (map.width !== Math.round(width * ratio)) {
      map.width = Math.round(width * ratio);
      map.height = Math.round(height * ratio);
      map.style.width = `${width}px`;
      map.style.height = `${height}px`;
    }
    const context = map.getContext('2d');
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.drawImage(bitmap, 0, 0, width, height);
    const side = [Math.max(4, (view.x1 - view.x0) * scale), Math.max(4, (view.y1 - view.y0) * scale)];
    const [x, y] = [this.x * scale - side[0] / 2, this.y * scale - side[1] / 2];
    for (const [style, line] of [['#000', 3.5], ['#fff', 1.5]]) { context.strokeStyle = style; context.lineWidth = line; context.strokeRect(x, y, ...side); }
  }

  /** A length that is round, in metres where the scene says how large a pixel is. */
  #showRuler() {
    if (this.ruledScale === this.scale) { return; }
    this.ruledScale = this.scale;
    const size = this.scene.isGeoreferenced && this.scene.pixelSize?.x > 0 && this.scene.pixelSize.x < 1000 ? this.scene.pixelSize.x : null;
    const unit = (size ?? 1) / this.scale, wanted = 120 * unit;
    const power = 10 ** Math.floor(Math.log10(wanted));
    const length = [5, 2, 1].map(factor => factor * power).find(length => length <= wanted) ?? power;
    this.rulerBar.style.width = `${length / unit}px`;
    this.rulerText.textContent = size === null ? `${grouped(length)} px` : length >= 1000 ? `${grouped(length / 1000)} km` : `${grouped(length)} m`;
  }

  #showPosition() {
    const zoom = this.scale >= 0.1 ? `${Math.round(100 * this.scale)} %` : `${(100 * this.scale).toPrecision(2)} %`;
    let text = zoom;
    if (this.pointer) {
      const x = Math.floor(this.x + (this.pointer[0] - this.width / 2) / this.scale);
      const y = Math.floor(this.y + (this.pointer[1] - this.height / 2) / this.scale);
      if (x >= 0 && y >= 0 && x < this.scene.width && y < this.scene.height) { text = `${grouped(x)}, ${grouped(y)} · ${zoom}`; }
    }
    if (this.positionText !== text) { this.position.textContent = this.positionText = text; }
  }
}
