// The boxes that people draw, over a photograph: how they look, and which one is meant by a place.

import { classColour, casing } from './boxes.js';
import { colour } from './dom.js';

/** Pixels of the screen around a handle or an edge that belong to it; fingers are wider. */
const reachOf = event => (event?.pointerType === 'touch' ? 22 : 9);
/** Smaller ones have their handles outside, so that the inside moves them. */
const smallSide = 30;
const handleGap = 7;
const handleSide = 8;
/** With more boxes, names would hide the photograph. */
const nameLimit = 80;

export const sameBox = (a, b) => a[0] === b[0] && a[1] === b[1] && a[2] === b[2] && a[3] === b[3];
export const overlap = (a, b) => {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]), height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  if (width <= 0 || height <= 0) { return 0; }
  const area = box => (box[2] - box[0]) * (box[3] - box[1]);
  return width * height / (area(a) + area(b) - width * height);
};

/** Handles as the edges that they move: x0, y0, x1, y1. */
const handles = [[1, 1, 0, 0], [0, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 0], [0, 0, 1, 1], [0, 0, 0, 1], [1, 0, 0, 1], [1, 0, 0, 0]];
const cursors = ['nwse-resize', 'ns-resize', 'nesw-resize', 'ew-resize', 'nwse-resize', 'ns-resize', 'nesw-resize', 'ew-resize'];
export const handleCursor = index => cursors[index];

export class Shapes {
  /** @param classes of the project: their places are their colours. */
  constructor(classes) {
    this.classes = classes;
    this.isAggregated = false;
    /** As `{ kind: 'box' | 'window' | 'find', box, label, score }`. */
    this.list = [];
    this.chosen = null;
    this.draft = null;
    this.showsFinds = true;
  }

  get shown() { return this.list.filter(shape => shape.kind !== 'find' || this.showsFinds); }

  /** The smallest one around a place, or whose edge is near. */
  pick(x, y, scale, event) {
    const reach = reachOf(event) / scale;
    let best = null, least = Infinity;
    for (const shape of this.shown) {
      const [x0, y0, x1, y1] = shape.box, isTiny = Math.max(x1 - x0, y1 - y0) * scale < smallSide, edge = isTiny ? reach : reach / 2;
      if (x < x0 - edge || y < y0 - edge || x > x1 + edge || y > y1 + edge) { continue; }
      const cost = (x1 - x0) * (y1 - y0);
      if (cost < least) { [best, least] = [shape, cost]; }
    }
    return best;
  }

  isInside(shape, x, y) { const [x0, y0, x1, y1] = shape.box; return x >= x0 && y >= y0 && x <= x1 && y <= y1; }

  /** In pixels of the scene. */
  #handlePlaces([x0, y0, x1, y1], scale) {
    const gap = Math.min(x1 - x0, y1 - y0) * scale < smallSide ? handleGap / scale : 0;
    const [left, top, right, bottom] = [x0 - gap, y0 - gap, x1 + gap, y1 + gap], cx = (x0 + x1) / 2, cy = (y0 + y1) / 2;
    return [[left, top], [cx, top], [right, top], [right, cy], [right, bottom], [cx, bottom], [left, bottom], [left, cy]];
  }

  /** The chosen box's handle at a place: its index; -1 for none. */
  handle(x, y, scale, event) {
    if (this.chosen?.kind !== 'box') { return -1; }
    const reach = reachOf(event) / scale;
    const [x0, y0, x1, y1] = this.chosen.box;
    // The middle of a small box moves it, whatever is near.
    const isSmall = Math.min(x1 - x0, y1 - y0) * scale < smallSide;
    if (isSmall && this.isInside(this.chosen, x, y)) { return -1; }
    let best = -1, least = reach;
    this.#handlePlaces(this.chosen.box, scale).forEach(([hx, hy], index) => {
      const distance = Math.hypot(hx - x, hy - y);
      if (distance < least) { [best, least] = [index, distance]; }
    });
    return best;
  }

  /** The box with a handle at another place, with edges on whole pixels inside of the scene. */
  resized(box, index, x, y, scene) {
    const moves = handles[index], to = [x, y, x, y], most = [scene.width, scene.height, scene.width, scene.height];
    const edges = box.map((edge, k) => (moves[k] ? Math.min(most[k], Math.max(0, Math.round(to[k]))) : edge));
    return upright(edges, most);
  }

  // Drawing

  draw(context, view) {
    const { ratio } = view, shown = this.shown, hasNames = shown.length <= nameLimit;
    for (const shape of shown) { if (shape !== this.chosen) { this.#drawShape(context, view, shape, hasNames); } }
    if (this.chosen) {
      this.#drawShape(context, view, this.chosen, true);
      this.#drawHandles(context, view);
    }
    if (this.draft) { this.#drawShape(context, view, this.draft, false); this.#drawSize(context, view, this.draft.box); }
    context.setLineDash([]);
    context.lineWidth = ratio;
  }

  #paint(label) {
    const index = label?.class === undefined ? -1 : this.classes.indexOf(label.class);
    return index >= 0 ? [classColour(index), casing(index)] : ['#ffffff', '#000000'];
  }

  #drawShape(context, view, { kind, box, label, score }, hasName) {
    const { ratio, scale, left, top } = view;
    const [x0, y0, x1, y1] = [left + box[0] * scale, top + box[1] * scale, left + box[2] * scale, top + box[3] * scale];
    const [paint, edge] = this.#paint(label), isFind = kind === 'find', isWindow = kind === 'window';
    const width = (isFind || isWindow ? 1.5 : 2.25) * ratio;
    context.setLineDash([]);
    // The frame lies around the pixels that it names, so that small things stay free.
    const gap = width / 2 + 0.5 * ratio;
    const frame = () => context.strokeRect(x0 - gap, y0 - gap, x1 - x0 + 2 * gap, y1 - y0 + 2 * gap);
    context.globalAlpha = isWindow ? 0.5 : 0.75;
    context.strokeStyle = edge;
    context.lineWidth = width + 2 * ratio;
    frame();
    context.globalAlpha = isWindow ? 0.7 : 1;
    context.strokeStyle = paint;
    context.lineWidth = width;
    if (isFind) { context.setLineDash([6 * ratio, 5 * ratio]); } else if (isWindow || label?.unsure) { context.setLineDash([2 * ratio, 4 * ratio]); }
    frame();
    context.setLineDash([]);
    context.globalAlpha = 1;
    if (!hasName) { return; }
    const name = label?.unsure ? 'not sure' : isFind ? (label ? `${label.class}? ${score?.toFixed(2) ?? ''}`.trim() : '') : isWindow && this.classes.indexOf(label?.class) < 0 ? 'nothing here' : label?.class ?? '';
    if (name) { this.#drawName(context, view, name, x0 - gap - width / 2, y0 - gap - width / 2, paint, edge); }
  }

  #drawName(context, view, name, x, y, paint, edge) {
    const { ratio } = view, height = 16 * ratio;
    context.font = `600 ${11 * ratio}px system-ui, sans-serif`;
    context.textBaseline = 'middle';
    context.textAlign = 'left';
    const width = context.measureText(name).width + 8 * ratio, up = y - height > 0 ? y - height : y;
    const start = Math.max(0, Math.min(view.width - width, x));
    context.fillStyle = paint;
    context.fillRect(start, up, width, height);
    context.fillStyle = edge;
    context.fillText(name, start + 4 * ratio, up + height / 2 + ratio / 2);
  }

  #drawHandles(context, view) {
    const { ratio, scale, left, top } = view, { box, kind } = this.chosen;
    const accent = colour('--accent');
    if (kind !== 'box') {
      // What cannot be moved gets a ring.
      const gap = 6 * ratio;
      for (const [style, line] of [['#000', 4 * ratio], ['#fff', 2 * ratio]]) {
        context.strokeStyle = style;
        context.lineWidth = line;
        context.strokeRect(left + box[0] * scale - gap, top + box[1] * scale - gap, (box[2] - box[0]) * scale + 2 * gap, (box[3] - box[1]) * scale + 2 * gap);
      }
      return;
    }
    const side = handleSide * ratio;
    for (const [x, y] of this.#handlePlaces(box, scale / ratio)) {
      const cx = left + x * scale - side / 2, cy = top + y * scale - side / 2;
      context.fillStyle = '#fff';
      context.fillRect(cx - ratio, cy - ratio, side + 2 * ratio, side + 2 * ratio);
      context.fillStyle = accent;
      context.fillRect(cx, cy, side, side);
    }
  }

  /** How large a new box is, below it. */
  #drawSize(context, view, [x0, y0, x1, y1]) {
    const { ratio, scale, left, top } = view, text = `${x1 - x0} × ${y1 - y0}`;
    context.font = `600 ${12 * ratio}px system-ui, sans-serif`;
    context.textBaseline = 'top';
    context.textAlign = 'left';
    const x = left + x0 * scale, y = top + y1 * scale + 8 * ratio, width = context.measureText(text).width + 10 * ratio;
    context.fillStyle = '#000b';
    context.fillRect(x, y, width, 19 * ratio);
    context.fillStyle = '#fff';
    context.fillText(text, x + 5 * ratio, y + 3 * ratio);
  }
}

/** Edges in their order, at least a pixel apart, inside of a scene. */
const upright = ([a, b, c, d], [width, height]) => {
  const pair = (low, high, most) => {
    const [from, to] = [Math.min(low, high), Math.max(low, high)];
    return to > from ? [from, to] : from < most ? [from, from + 1] : [from - 1, from];
  };
  const [x0, x1] = pair(a, c, width), [y0, y1] = pair(b, d, height);
  return [x0, y0, x1, y1];
};

/** The box between two places, on whole pixels inside of the scene. */
export const boxBetween = ([ax, ay], [bx, by], { width, height }) => {
  const inside = (value, most) => Math.min(most, Math.max(0, Math.round(value)));
  return upright([inside(ax, width), inside(ay, height), inside(bx, width), inside(by, height)], [width, height]);
};

/** A box that is moved, but not out of the scene. */
export const movedBox = ([x0, y0, x1, y1], dx, dy, { width, height }) => {
  const x = Math.round(Math.min(width - x1, Math.max(-x0, dx))), y = Math.round(Math.min(height - y1, Math.max(-y0, dy)));
  return [x0 + x, y0 + y, x1 + x, y1 + y];
};
