// The photographs of a project in the order in which they are labelled, and the strip that shows them.

import { get, path } from './api.js';
import { h, grouped } from './dom.js';

/** As many as the server gives at once: the order may change between two pages. */
const pageSize = 1000;
/** More are not listed in the page: the first of the order are what counts. */
const longestList = 2000;

const kept = new Map();

/** Whether the server looks for the photographs to begin with. */
export const isChoosing = ({ learning }) => learning.state === 'running' && learning.purpose === 'choose';

/** Two with the same text have the photographs in the same order. */
export const orderVersion = project => `${project.roundCount}${isChoosing(project) ? ' is chosen' : ''}`;

/** The list of a project. While the page stays open, it keeps its order until the project has learnt again. */
export const photographs = project => {
  let list = kept.get(project);
  if (!list) { kept.set(project, list = new Photographs(project)); }
  return list;
};

export const forgetPhotographs = project => kept.delete(project);

class Photographs {
  constructor(project) {
    this.project = project;
    this.rows = [];
    this.version = null;
    this.observers = new Set();
  }

  /**
   * Loads the first photographs, then the others behind the caller's back. What is known keeps its place.
   *
   * @param project as the API describes it: after each learning, and after the choice of the first photographs, the order is new.
   */
  async load(project, signal) {
    const version = orderVersion(project);
    if (this.version !== version) { this.rows = []; this.version = version; }
    const loading = this.loading = {};
    const next = await this.#page(null, loading, signal);
    this.#rest(next, loading, signal).catch(() => {});
  }

  async #page(after, loading, signal) {
    const query = new URLSearchParams({ order: 'next', limit: String(pageSize) });
    if (after !== null) { query.set('after', after); }
    const answer = await get(`projects/${path(this.project)}/scenes?${query}`, signal);
    // A newer list is on its way.
    if (loading !== this.loading) { return null; }
    const places = new Map(this.rows.map((row, index) => [row.id, index]));
    for (const row of answer.scenes) {
      const index = places.get(row.id);
      if (index === undefined) { this.rows.push(row); } else { this.rows[index] = row; }
    }
    this.total = answer.totalCount;
    for (const action of [...this.observers]) { action(); }
    return answer.next ?? null;
  }

  async #rest(next, loading, signal) {
    for (let after = next; after !== null && this.rows.length < longestList;) { after = await this.#page(after, loading, signal); }
  }

  observe(action, signal) { this.observers.add(action); signal.addEventListener('abort', () => this.observers.delete(action)); }

  index(id) { return this.rows.findIndex(row => row.id === id); }
  row(id) { return this.rows.find(row => row.id === id) ?? null; }

  /** What has changed by what people did here. */
  change(id, values) {
    const row = this.row(id);
    if (row) { Object.assign(row, values); }
  }

  /** The one before or after; `null` at the ends. */
  neighbour(id, by) { const at = this.index(id); return at < 0 ? null : this.rows[at + by] ?? null; }

  /** The next one that is not done, from here on and round at the end; `null` where all are done. */
  nextOpen(id = null) {
    const at = id === null ? -1 : this.index(id);
    for (let step = 1; step <= this.rows.length; step += 1) {
      const row = this.rows[(at + step + this.rows.length) % this.rows.length];
      if (!row.isComplete && row.id !== id) { return row; }
    }
    return null;
  }
}

export const drawAddress = (project, id) => `#/projects/${path(project)}/scene/${path(id)}`;

/** Thumbnails in a row, each with a mark where it is done. */
export const strip = (project, rows, thumbnails, current = null) => h('ol', { class: 'strip' }, rows.map(row => {
  const count = row.objectCount;
  const state = row.isComplete ? (count > 0 ? `done, ${grouped(count)} marked` : 'done, nothing on it') : count > 0 ? `${grouped(count)} marked, not done` : 'not done';
  return h('li', { class: row.isComplete ? 'done' : null },
    h('a', { href: drawAddress(project, row.id), 'aria-label': `${row.name}: ${state}`, title: `${row.name}: ${state}`, 'aria-current': row.id === current ? 'true' : null },
      thumbnails.place(row, { width: 88, height: 66 }),
      row.isComplete ? h('span', { class: 'tick', 'aria-hidden': 'true', text: '✓' }) : null,
      count > 0 ? h('span', { class: 'tally', 'aria-hidden': 'true', text: grouped(count) }) : null));
}));
