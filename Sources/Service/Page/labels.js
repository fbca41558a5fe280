// Labels on their way to the server. They stay in the browser's storage until the server has them on its disk.

import { get, post, path } from './api.js';
import { h, counted, showError } from './dom.js';

const keyPrefix = 'tilescope-label/';
/** Events in a request, at most. */
const batchLimit = 200;
/** Keys that come quickly go together. */
const gatherMilliseconds = 60;
const longestPauseSeconds = 30;
const statusMilliseconds = 200;
/** Measurements that are kept for whoever wants to look at them. */
const keptMeasurements = 4000;

/** A random UUID; `crypto.randomUUID` is missing where a page comes without encryption from another machine. */
export const newID = () => {
  if (crypto.randomUUID) { return crypto.randomUUID(); }
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = bytes[6] & 0x0f | 0x40;
  bytes[8] = bytes[8] & 0x3f | 0x80;
  const text = Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join('-');
};

const queues = new Map();

/** The one queue of a project. */
export const labelQueue = project => {
  let queue = queues.get(project);
  if (!queue) { queues.set(project, queue = new LabelQueue(project)); }
  return queue;
};

/** Sends what an earlier visit left in the storage. */
export const resumeQueues = () => {
  for (const key of storedKeys(keyPrefix)) {
    try { labelQueue(decodeURIComponent(key.slice(keyPrefix.length).split('/')[0])); } catch { /* It is no key of ours. */ }
  }
};

const storedKeys = prefix => {
  const keys = [];
  for (let i = 0; i < localStorage.length; i += 1) { const key = localStorage.key(i); if (key.startsWith(prefix)) { keys.push(key); } }
  return keys.sort();
};

class LabelQueue {
  constructor(project) {
    this.project = project;
    this.prefix = `${keyPrefix}${encodeURIComponent(project)}/`;
    /** As `{ key, event, pushed }`, in order. */
    this.waiting = [];
    this.failures = 0;
    this.batchSize = batchLimit;
    this.problem = null;
    this.count = 0;
    this.measurementCount = 0;
    this.observers = new Set();
    this.refusalObservers = new Set();
    for (const key of storedKeys(this.prefix)) {
      try { this.waiting.push({ key, event: JSON.parse(localStorage.getItem(key)), pushed: null }); } catch { localStorage.removeItem(key); }
    }
    if (this.waiting.length > 0) { this.#send(); }
  }

  /** Events without `id` get one. They go to the server together and in this order. */
  push(events) {
    const now = performance.now(), time = String(Date.now()).padStart(15, '0');
    for (const event of events) {
      event.id ??= newID();
      const key = `${this.prefix}${time}.${String(this.count += 1).padStart(9, '0')}`;
      try { localStorage.setItem(key, JSON.stringify(event)); } catch { this.isStorageFull = true; }
      this.waiting.push({ key, event, pushed: now });
    }
    this.#tell();
    if (!this.isSending) { clearTimeout(this.timer); this.timer = setTimeout(() => this.#send(), gatherMilliseconds); }
    return events.map(event => event.id);
  }

  /** Waits until all is saved, but not longer than so many milliseconds; says whether it is. */
  saved(milliseconds) {
    if (this.waiting.length === 0) { return Promise.resolve(true); }
    return new Promise(resolve => {
      const end = isSaved => { stop(); clearTimeout(timer); resolve(isSaved); };
      const timer = setTimeout(end, milliseconds, false);
      const stop = this.observe(() => { if (this.waiting.length === 0) { end(true); } });
    });
  }

  /** Calls `action` after each change; gives a function that ends that. */
  observe(action) { this.observers.add(action); return () => this.observers.delete(action); }

  /** Calls `action` with each event that the server did not take. */
  observeRefusals(action) { this.refusalObservers.add(action); return () => this.refusalObservers.delete(action); }

  #tell() { for (const action of [...this.observers]) { action(this); } }

  async #send() {
    if (this.isSending) { return; }
    this.isSending = true;
    while (this.waiting.length > 0) {
      const batch = this.waiting.slice(0, this.batchSize);
      try {
        await post(`projects/${path(this.project)}/labels`, { events: batch.map(entry => entry.event) });
        this.#remove(batch);
        this.failures = 0;
        this.problem = null;
        this.batchSize = Math.min(batchLimit, 2 * this.batchSize);
      } catch (error) {
        // The server takes all events of a request or none. What is left when they come alone is the one that it refuses.
        const isRefusal = [400, 404, 409, 413, 422].includes(error.status);
        if (isRefusal && batch.length > 1) { this.batchSize = Math.ceil(batch.length / 2); continue; }
        if (isRefusal && !(error.status === 404 && await this.#isGone())) { this.#refuse(batch, error); continue; }
        this.failures += 1;
        this.problem = error;
        const seconds = Math.min(longestPauseSeconds, error.retryAfterSeconds ?? 0.25 * 2 ** this.failures);
        this.#tell();
        await this.#pause(1000 * seconds);
        continue;
      }
      this.#tell();
    }
    this.isSending = false;
  }

  #remove(batch) {
    const end = performance.now();
    this.waiting.splice(0, batch.length);
    for (const { key, pushed } of batch) {
      localStorage.removeItem(key);
      if (pushed === null) { continue; }
      performance.measure('label-saved', { start: pushed, end });
      this.measurementCount += 1;
      if (this.measurementCount % keptMeasurements === 0) { performance.clearMeasures('label-saved'); }
    }
  }

  #refuse(batch, error) {
    this.#remove(batch.map(entry => ({ ...entry, pushed: null })));
    this.problem = null;
    showError(new Error(`A label was not saved: ${error.message}`));
    for (const { event } of batch) { for (const action of [...this.refusalObservers]) { action(event, error); } }
    this.#tell();
  }

  /** Whether the project is not there any more. Its labels are kept, because a server may have been started with another folder. */
  async #isGone() {
    try { await get(`projects/${path(this.project)}`); return false; } catch (error) { return error.status === 404; }
  }

  #pause(milliseconds) {
    return new Promise(resolve => {
      const end = () => { clearTimeout(timer); removeEventListener('online', end); resolve(); };
      const timer = setTimeout(end, milliseconds);
      addEventListener('online', end);
    });
  }

  /** Forgets what waits: for a project that was deleted. */
  clear() {
    for (const { key } of this.waiting) { localStorage.removeItem(key); }
    this.waiting.length = 0;
    this.#tell();
  }
}

addEventListener('beforeunload', event => {
  for (const queue of queues.values()) { if (queue.waiting.length > 0) { event.preventDefault(); return; } }
});

/** "Saved", or how many labels are not saved yet and why. People who listen hear of failures only. */
export const saveStatus = (queue, signal) => {
  const dot = h('span', { class: 'dot', 'aria-hidden': 'true' }), text = h('span', { class: 'save-text' });
  const trouble = h('span', { class: 'hidden-text', role: 'status' });
  const element = h('span', { class: 'chip state save finished' }, dot, text, trouble);
  let shown = null, told = null, timer = null;
  const show = () => {
    timer = null;
    const count = queue.waiting.length, failed = queue.problem !== null && queue.failures > 1;
    const words = count === 0 ? 'Saved' : failed ? `${counted(count, 'label')} not saved: ${queue.problem.status === 0 ? 'no connection' : 'the server refuses'}` : `${count} not saved yet`;
    if (words !== shown) {
      text.textContent = shown = words;
      element.className = `chip state save ${count === 0 ? 'finished' : failed ? 'failed' : 'waiting'}`;
      element.title = failed ? `${queue.problem.message} It is tried again by itself. The labels are kept in this browser.` : '';
    }
    const news = failed ? `Labels are not saved. ${queue.problem.message} It is tried again by itself.` : '';
    if (news !== told) { trouble.textContent = told = news; }
  };
  // With ten keys a second it would flicker.
  const stop = queue.observe(() => { timer ??= setTimeout(show, statusMilliseconds); });
  signal.addEventListener('abort', () => { stop(); clearTimeout(timer); });
  show();
  return element;
};
