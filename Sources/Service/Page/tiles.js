// The tiles of a scene: fetched when they come into view, cancelled when they leave it, and kept up to a bound.

import { request, pictureAddress } from './api.js';

/** Connections at once. Browsers have six for each server, and one is for everything else. */
const requestLimit = 5;
const retryLimit = 4;

export class Tiles {
  /**
   * @param scene as the API describes it.
   * @param onTile is called when there is a new tile, or when one will not come.
   */
  constructor(scene, onTile) {
    this.scene = scene;
    this.onTile = onTile;
    this.side = scene.tileSize;
    // 256 x 256 x 4 bytes each: 384 tiles take 100 MB.
    this.limit = (navigator.deviceMemory ?? 8) < 4 ? 192 : 384;
    this.tiles = new Map();
    this.loading = new Map();
    this.failures = new Map();
    /** Whether the server could not read a tile, or parts of one. */
    this.hasDamage = false;
    this.wanted = [];
    this.frame = 0;
  }

  close() {
    for (const controller of this.loading.values()) { controller.abort(); }
    for (const tile of this.tiles.values()) { tile.bitmap.close(); }
    this.tiles.clear();
    this.wanted = [];
    this.isClosed = true;
  }

  columns(level) { return Math.ceil(this.scene.width / (this.side * 2 ** level)); }
  rows(level) { return Math.ceil(this.scene.height / (this.side * 2 ** level)); }

  static key(level, column, row) { return (level * 0x400000 + row) * 0x400000 + column; }

  /** `null` where it is not here. */
  bitmap(level, column, row) {
    const tile = this.tiles.get(Tiles.key(level, column, row));
    if (!tile) { return null; }
    tile.frame = this.frame;
    return tile.bitmap;
  }

  /** Whether it will not come, or not soon. */
  hasFailed(level, column, row) { return this.failures.get(Tiles.key(level, column, row))?.isFinal === true; }

  /**
   * Says what the view needs now, the most urgent first. Requests for anything else are cancelled.
   *
   * @param tiles as `[level, column, row]`.
   */
  want(tiles) {
    this.wanted = tiles;
    if (this.loading.size > 0) {
      const keys = new Set(tiles.map(tile => Tiles.key(...tile)));
      for (const [key, controller] of this.loading) { if (!keys.has(key)) { controller.abort(); this.loading.delete(key); } }
    }
    this.#load();
  }

  #load() {
    const now = performance.now();
    let soonest = Infinity;
    for (const [level, column, row] of this.wanted) {
      if (this.loading.size >= requestLimit) { break; }
      const key = Tiles.key(level, column, row);
      if (this.tiles.has(key) || this.loading.has(key)) { continue; }
      const failure = this.failures.get(key);
      if (failure?.isFinal) { continue; }
      if (failure && failure.until > now) { soonest = Math.min(soonest, failure.until); continue; }
      this.#fetch(key, level, column, row);
    }
    if (soonest < Infinity) {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => { if (!this.isClosed) { this.#load(); } }, soonest - now + 10);
    }
  }

  async #fetch(key, level, column, row) {
    const controller = new AbortController();
    this.loading.set(key, controller);
    try {
      const response = await request(pictureAddress(this.scene, `tiles/${level}/${column}/${row}`), { signal: controller.signal });
      const isDamaged = response.headers.get('Tilescope-Damaged') === 'true';
      const bitmap = await createImageBitmap(await response.blob());
      if (controller.signal.aborted || this.isClosed) { bitmap.close(); return; }
      this.tiles.set(key, { bitmap, frame: this.frame });
      this.hasDamage ||= isDamaged;
      this.failures.delete(key);
      this.#evict();
    } catch (error) {
      if (error.name === 'AbortError' || controller.signal.aborted) { return; }
      const count = (this.failures.get(key)?.count ?? 0) + 1;
      // While overviews are made, while the server has too much to do, or without a connection, tiles come later: that is no failure.
      const mayCome = [0, 429, 503].includes(error.status);
      const seconds = error.retryAfterSeconds ?? Math.min(10, 2 ** count);
      const isFinal = !mayCome && (count >= retryLimit || error.status === 404 || error.status === 422);
      // 404 is a scene that is gone.
      this.hasDamage ||= isFinal && error.status !== 404;
      this.failures.set(key, { count, isFinal, until: performance.now() + 1000 * seconds });
    } finally {
      if (this.loading.get(key) === controller) { this.loading.delete(key); }
    }
    if (this.isClosed) { return; }
    this.onTile();
    this.#load();
  }

  /** Removes the tiles that were not drawn for the longest time; the smallest overview stays. */
  #evict() {
    if (this.tiles.size <= this.limit) { return; }
    const top = Tiles.key(this.scene.levelCount - 1, 0, 0);
    const oldest = [...this.tiles].filter(([key, tile]) => key !== top && tile.frame < this.frame - 1)
      .sort((a, b) => a[1].frame - b[1].frame);
    for (const [key, tile] of oldest.slice(0, this.tiles.size - this.limit + 16)) {
      tile.bitmap.close();
      this.tiles.delete(key);
    }
  }
}
