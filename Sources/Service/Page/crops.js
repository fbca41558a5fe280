// Parts of photographs as small pictures: fetched ahead, a few at a time, and kept up to a bound.

import { get, request, path, pictureAddress } from './api.js';
import { h } from './dom.js';

/** Browsers have six connections for each server: labels need one, too. */
const requestLimit = 4;
const retryLimit = 3;
/** The longest part that the server cuts out. */
const partLimit = 8192;
const smallestPart = 32;

/** A box with half as much around it, as a square where the photograph has room: `[x0, y0, x1, y1]`. */
export const surroundings = ([x0, y0, x1, y1], { width, height }) => {
  const side = Math.min(partLimit, Math.max(smallestPart, Math.ceil(2 * Math.max(x1 - x0, y1 - y0))));
  const edge = (low, high, most) => {
    if (side >= most) { return [0, most]; }
    const start = Math.min(most - side, Math.max(0, Math.round((low + high - side) / 2)));
    return [start, start + side];
  };
  const [left, right] = edge(x0, x1, width), [top, bottom] = edge(y0, y1, height);
  return [left, top, right, bottom];
};

export class Crops {
  /**
   * @param limit of pictures that are kept.
   * @param onCrop is called with the key of each picture that has come.
   */
  constructor({ limit, onCrop, signal }) {
    Object.assign(this, { limit, onCrop });
    this.bitmaps = new Map();
    this.running = new Map();
    this.failures = new Map();
    this.wanted = [];
    signal.addEventListener('abort', () => this.close());
  }

  close() {
    this.isClosed = true;
    for (const controller of this.running.values()) { controller.abort(); }
    for (const bitmap of this.bitmaps.values()) { bitmap.close(); }
    this.bitmaps.clear();
    this.wanted = [];
  }

  /** `null` where it has not come yet. */
  get(key) {
    const bitmap = this.bitmaps.get(key);
    if (!bitmap) { return null; }
    // Those that were used last stand at the end.
    this.bitmaps.delete(key);
    this.bitmaps.set(key, bitmap);
    return bitmap;
  }

  hasFailed(key) { return (this.failures.get(key) ?? 0) >= retryLimit; }

  /**
   * Says what is needed, the most urgent first. What was wanted before is forgotten.
   *
   * @param crops as `{ key, scene, part, side }`.
   */
  want(crops) {
    this.wanted = crops.filter(({ key }) => !this.bitmaps.has(key) && !this.hasFailed(key));
    this.#next();
  }

  #next() {
    while (!this.isClosed && this.running.size < requestLimit && this.wanted.length > 0) {
      const crop = this.wanted.shift();
      if (!this.bitmaps.has(crop.key) && !this.running.has(crop.key)) { this.#load(crop); }
    }
  }

  async #load(crop) {
    const controller = new AbortController();
    this.running.set(crop.key, controller);
    try {
      const [x0, y0, x1, y1] = crop.part;
      const response = await request(pictureAddress(crop.scene, 'crop', { x0, y0, x1, y1, side: crop.side }), { signal: controller.signal });
      const bitmap = await createImageBitmap(await response.blob());
      if (this.isClosed) { bitmap.close(); return; }
      this.bitmaps.set(crop.key, bitmap);
      this.#evict();
    } catch (error) {
      if (this.isClosed) { return; }
      const count = (this.failures.get(crop.key) ?? 0) + 1;
      this.failures.set(crop.key, count);
      if (count < retryLimit) { setTimeout(() => { if (!this.isClosed) { this.wanted.push(crop); this.#next(); } }, 1000 * (error.retryAfterSeconds ?? 2 ** count)); }
    } finally {
      this.running.delete(crop.key);
    }
    if (this.isClosed) { return; }
    this.onCrop(crop.key);
    this.#next();
  }

  #evict() {
    for (const [key, bitmap] of this.bitmaps) {
      if (this.bitmaps.size <= this.limit) { return; }
      bitmap.close();
      this.bitmaps.delete(key);
    }
  }
}

/** Draws a picture into a canvas so that all of it is seen; says where it lies: `[x, y, scale]`. */
export const drawContained = (canvas, bitmap) => {
  const context = canvas.getContext('2d');
  const scale = Math.min(canvas.width / bitmap.width, canvas.height / bitmap.height);
  const x = (canvas.width - bitmap.width * scale) / 2, y = (canvas.height - bitmap.height * scale) / 2;
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingEnabled = scale < 2;
  context.drawImage(bitmap, x, y, bitmap.width * scale, bitmap.height * scale);
  return [x, y, scale];
};

/** Small pictures of photographs, or of parts of them, each when it comes into view. */
export class Thumbnails {
  constructor(signal) {
    this.signal = signal;
    this.waiting = [];
    this.running = 0;
    this.jobs = new WeakMap();
    this.observer = new IntersectionObserver(entries => {
      for (const { isIntersecting, target } of entries) { if (isIntersecting) { this.observer.unobserve(target); this.waiting.push(target); } }
      this.#next();
    }, { rootMargin: '200px' });
    signal.addEventListener('abort', () => this.observer.disconnect());
  }

  /**
   * @param scene with id, version, width and height.
   * @param box marks it, and shows only its surroundings.
   */
  place(scene, { width = 96, height = 72, box = null } = {}) {
    const ratio = Math.min(2, devicePixelRatio || 1);
    const canvas = h('canvas', { class: 'thumb', width: Math.round(width * ratio), height: Math.round(height * ratio), 'aria-hidden': 'true', css: { width: `${width}px`, height: `${height}px` } });
    this.jobs.set(canvas, { scene, box });
    this.observer.observe(canvas);
    return canvas;
  }

  #next() {
    while (!this.signal.aborted && this.running < requestLimit && this.waiting.length > 0) {
      const canvas = this.waiting.shift();
      if (!canvas.isConnected) { this.observer.observe(canvas); continue; }
      this.running += 1;
      this.#load(canvas).catch(() => canvas.classList.add('missing')).finally(() => { this.running -= 1; this.#next(); });
    }
  }

  async #load(canvas) {
    const { scene, box } = this.jobs.get(canvas);
    const part = box ? surroundings(box, scene) : [0, 0, scene.width, scene.height];
    const side = Math.min(1024, Math.max(32, canvas.width, canvas.height));
    let address;
    if (part[2] - part[0] <= partLimit && part[3] - part[1] <= partLimit) {
      const [x0, y0, x1, y1] = part;
      address = pictureAddress(scene, 'crop', { x0, y0, x1, y1, side });
    } else {
      const details = await get(`scenes/${path(scene.id)}`, this.signal);
      if (details.overviews === 'none' || details.overviews === 'making') { return; }
      address = pictureAddress(details, `tiles/${details.levelCount - 1}/0/0`);
    }
    const bitmap = await createImageBitmap(await (await request(address, { signal: this.signal })).blob());
    const [x, y] = drawContained(canvas, bitmap);
    if (box) {
      const scale = (canvas.width - 2 * x) / (part[2] - part[0]);
      markBox(canvas, [x + (box[0] - part[0]) * scale, y + (box[1] - part[1]) * scale, (box[2] - box[0]) * scale, (box[3] - box[1]) * scale]);
    }
    bitmap.close();
    canvas.classList.add('there');
  }
}

/** A frame that is seen on light and on dark ground, around a place of a canvas. */
export const markBox = (canvas, [x, y, width, height]) => {
  const context = canvas.getContext('2d');
  for (const [style, line] of [['#000', 4], ['#fff', 1.75]]) {
    context.strokeStyle = style;
    context.lineWidth = line;
    context.strokeRect(Math.round(x) - 1.5, Math.round(y) - 1.5, Math.round(width) + 3, Math.round(height) + 3);
  }
};
