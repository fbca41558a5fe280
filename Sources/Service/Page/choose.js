// Which photographs a project gets: files that are dropped and uploaded, or scenes that the server has.

import { get, upload } from './api.js';
import { h, choices, check, counted, grouped, bytes, percent, debounced, showError } from './dom.js';

/** Files that are sent at the same time. */
const uploadLimit = 3;
const pictureEndings = /\.(avif|bif|bmp|gif|heic|heif|j2k|jfif|jp2|jpeg|jpg|jpx|ndpi|png|scn|svs|tif|tiff|webp)$/i;
const listLimit = 200;

/** Names that are tried for a file whose name is taken. */
const renameLimit = 100;

const renamed = (file, number) => {
  const dot = file.name.lastIndexOf('.');
  return new File([file], `${file.name.slice(0, dot)}-${number}${file.name.slice(dot)}`, { type: file.type });
};

/** All files of a drop, also those in folders. */
const droppedFiles = async transfer => {
  const entries = [...transfer.items].map(item => item.webkitGetAsEntry?.()).filter(Boolean);
  if (entries.length === 0 || entries.every(entry => entry.isFile)) { return [...transfer.files]; }
  const files = [];
  const walk = async entry => {
    if (entry.isFile) { files.push(await new Promise((resolve, reject) => entry.file(resolve, reject))); return; }
    const reader = entry.createReader();
    for (;;) {
      const part = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
      if (part.length === 0) { return; }
      for (const child of part) { await walk(child); }
    }
  };
  for (const entry of entries) { await walk(entry); }
  return files;
};

export class PhotographChooser {
  /** @param onChange is called when the choice has changed, or when uploads have ended. */
  constructor(signal, onChange) {
    Object.assign(this, { signal, onChange });
    this.uploads = new Uploads(signal, () => this.onChange());
    this.shelf = new ShelfChoice(signal, () => this.onChange());
    const places = { upload: this.uploads.element, shelf: this.shelf.element };
    this.shelf.element.hidden = true;
    this.element = h('div', { class: 'chooser' },
      choices('Photographs', [['upload', 'From this computer'], ['shelf', 'From the server']], 'upload', key => {
        for (const [name, element] of Object.entries(places)) { element.hidden = name !== key; }
        if (key === 'shelf') { this.shelf.open(); }
      }), this.uploads.element, this.shelf.element);
  }

  /** Whether there is something, and nothing is on its way. */
  get isReady() { return !this.uploads.isBusy && this.choices().length > 0; }
  get isBusy() { return this.uploads.isBusy; }
  /** Files that did not arrive. */
  get failureCount() { return this.uploads.failureCount; }
  get count() { return this.uploads.ids.length + this.shelf.count; }

  /** What the API takes: `{ scenes }` or `{ search }`, one after the other. */
  choices() {
    const ids = [...new Set([...this.uploads.ids, ...this.shelf.ids])];
    return [ids.length > 0 && { scenes: ids }, this.shelf.search !== null && { search: this.shelf.search }].filter(Boolean);
  }
}

/** Files of this computer, on their way to the server or there. */
class Uploads {
  constructor(signal, onChange) {
    Object.assign(this, { signal, onChange });
    this.ids = [];
    this.names = new Set();
    this.failureCount = 0;
    this.waiting = [];
    this.failed = [];
    /** Files whose name and size a scene has already: `{ file, scene }`. */
    this.known = [];
    this.running = new Map();
    this.byteCount = 0;
    this.sentByteCount = 0;
    this.fileCount = 0;
    this.skippedCount = 0;
    const chooser = (attributes, text) => {
      const input = h('input', { type: 'file', multiple: true, class: 'hidden-text', ...attributes, onchange: () => { this.add([...input.files]); input.value = ''; } });
      return [input, h('label', { class: 'button', for: attributes.id, text })];
    };
    this.bar = h('progress', { max: 1, value: 0, 'aria-label': 'Progress of the upload' });
    this.text = h('p', { class: 'note' });
    this.spoken = h('p', { class: 'hidden-text', role: 'status' });
    this.progress = h('div', { class: 'upload', hidden: true }, this.text, this.bar);
    this.problems = h('div', {});
    this.element = h('div', {},
      h('div', { class: 'drop' }, h('p', { class: 'drop-title', text: 'Drop photographs or a folder here' }),
        h('div', { class: 'actions center' }, chooser({ id: 'photograph-files', accept: 'image/*,.tif,.tiff,.svs,.ndpi,.jp2' }, 'Choose files'), chooser({ id: 'photograph-folder', webkitdirectory: true }, 'Choose a folder'))),
      this.progress, this.spoken, this.problems);
    const zone = this.element.firstChild;
    // Anywhere on the page, as long as this is shown.
    const isShown = () => zone.isConnected && zone.offsetParent !== null;
    addEventListener('dragover', () => { if (isShown()) { zone.classList.add('over'); } }, { signal });
    addEventListener('dragleave', event => { if (event.relatedTarget === null) { zone.classList.remove('over'); } }, { signal });
    addEventListener('drop', event => {
      zone.classList.remove('over');
      if (isShown()) { droppedFiles(event.dataTransfer).then(files => this.add(files), showError); }
    }, { signal });
    addEventListener('beforeunload', event => { if (this.isBusy) { event.preventDefault(); } }, { signal });
  }

  get isBusy() { return this.running.size > 0 || this.waiting.length > 0; }

  add(files) {
    const pictures = files.filter(file => pictureEndings.test(file.name));
    this.skippedCount += files.length - pictures.length;
    this.fileCount += pictures.length;
    this.byteCount += pictures.reduce((sum, file) => sum + file.size, 0);
    this.waiting.push(...pictures.map(file => ({ file })));
    this.#next();
    this.#show();
    this.onChange();
  }

  #next() {
    while (!this.signal.aborted && this.running.size < uploadLimit && this.waiting.length > 0) {
      const job = this.waiting.shift();
      this.running.set(job, 0);
      this.#send(job).then(
        scene => { this.ids.push(scene.id); },
        error => { if (error.name !== 'AbortError') { this.failed.push({ ...job, error }); } },
      ).finally(() => {
        this.running.delete(job);
        this.sentByteCount += job.file.size;
        if (this.signal.aborted) { return; }
        this.#next();
        this.#show();
        if (!this.isBusy) { this.spoken.textContent = this.text.textContent; this.#showProblems(); }
        this.onChange();
      });
    }
  }

  /** The scene; one that is there already where name and size are the same, and a new name where only the name is. */
  async #send(job) {
    const { file } = job, { signal } = this, isTwin = this.names.has(file.name);
    this.names.add(file.name);
    // Two files of one name, from two folders, are two photographs.
    const scene = job.isNew || isTwin ? null : await this.#find(file.name);
    if (scene?.byteCount === file.size) { this.known.push({ file, scene }); return scene; }
    const onProgress = count => { this.running.set(job, count); this.#show(); }, onPause = isPaused => { this.isPaused = isPaused; this.#show(); };
    for (let number = scene || job.isNew || isTwin ? 2 : 1; ; number += 1) {
      try {
        return await upload(number === 1 ? file : renamed(file, number), { signal, onProgress, onPause });
      } catch (error) {
        const isTaken = [400, 409, 416].includes(error.status);
        if (!isTaken || number > renameLimit) { this.names.delete(file.name); throw error; }
      }
    }
  }

  async #find(name) {
    const { scenes } = await get(`scenes?${new URLSearchParams({ search: name, limit: '100' })}`, this.signal);
    return scenes.find(scene => scene.isUploaded && scene.name === name) ?? null;
  }

  #show() {
    if (this.frame) { return; }
    // Several hundred files report often.
    this.frame = requestAnimationFrame(() => {
      this.frame = null;
      const sent = this.sentByteCount + [...this.running.values()].reduce((sum, count) => sum + count, 0);
      this.progress.hidden = this.fileCount === 0 && this.skippedCount === 0;
      this.progress.classList.toggle('paused', this.isPaused === true);
      this.bar.value = this.byteCount > 0 ? Math.min(1, sent / this.byteCount) : 1;
      const done = this.ids.length;
      const skipped = this.skippedCount > 0 ? ` ${counted(this.skippedCount, 'file')} of other kinds ${this.skippedCount === 1 ? 'is' : 'are'} left out.` : '';
      this.text.textContent = (this.isPaused ? 'The connection is lost; it goes on by itself. ' : '') + (this.isBusy
        ? `${grouped(done)} of ${counted(this.fileCount, 'photograph')} are there · ${bytes(sent)} of ${bytes(this.byteCount)}, ${percent(this.bar.value, 0)}.`
        : `${counted(done, 'photograph')} ${done === 1 ? 'is' : 'are'} there.`) + skipped;
    });
  }

  #showProblems() {
    const again = (jobs, isNew) => {
      this.fileCount += jobs.length;
      this.byteCount += jobs.reduce((sum, job) => sum + job.file.size, 0);
      this.waiting.push(...jobs.map(({ file }) => ({ file, isNew })));
      this.#next();
      this.#show();
      this.problems.replaceChildren();
      this.failureCount = 0;
      this.onChange();
    };
    this.failureCount = this.failed.length;
    const failed = this.failed.splice(0), known = this.known.splice(0);
    this.problems.replaceChildren(...[
      failed.length > 0 && h('div', { class: 'hints problems', role: 'alert' }, h('strong', { text: `${counted(failed.length, 'photograph')} did not arrive` }),
        h('ul', {}, failed.slice(0, 10).map(({ file, error }) => h('li', {}, h('bdi', { text: file.name }), `: ${error.message}`)), failed.length > 10 && h('li', { text: `and ${grouped(failed.length - 10)} more` })),
        h('div', { class: 'actions' }, h('button', { type: 'button', text: 'Try again', onclick: () => again(failed, false) }))),
      known.length > 0 && h('div', { class: 'hints' }, h('p', { text: `${counted(known.length, 'file')} ${known.length === 1 ? 'has' : 'have'} the name and size of a photograph that the server has already. The one on the server is taken.` }),
        h('div', { class: 'actions' }, h('button', { type: 'button', text: 'Upload under a new name instead', onclick: () => {
          const ids = new Set(known.map(({ scene }) => scene.id));
          this.ids = this.ids.filter(id => !ids.has(id));
          this.fileCount -= known.length;
          again(known, true);
        } }))),
    ].filter(Boolean));
    // They are counted again when they are tried again.
    this.fileCount -= failed.length;
  }
}

/** Scenes of the server: all with a text in their name, or single ones. */
class ShelfChoice {
  constructor(signal, onChange) {
    Object.assign(this, { signal, onChange });
    this.ids = new Set();
    this.search = null;
    this.total = 0;
    this.field = h('input', { type: 'search', id: 'project-scene-search', placeholder: 'Part of a name', autocomplete: 'off', spellcheck: 'false' });
    this.field.addEventListener('input', debounced(200, () => this.#load().catch(showError)));
    this.all = h('input', { type: 'checkbox', onchange: () => { this.search = this.all.checked ? this.field.value.trim() : null; this.#show(); this.onChange(); } });
    this.allText = h('span');
    this.list = h('div', { class: 'scroll-list tall' });
    this.status = h('p', { class: 'note', role: 'status' });
    this.element = h('div', {}, h('div', { class: 'search' }, h('label', { for: this.field.id, text: 'Search' }), this.field),
      h('label', { class: 'check' }, this.all, this.allText), this.list, this.status);
    // Return would send the form.
    this.field.addEventListener('keydown', event => { if (event.key === 'Enter') { event.preventDefault(); } });
  }

  get count() { return this.search === null ? this.ids.size : this.total; }

  open() { if (!this.isLoaded) { this.isLoaded = true; this.#load().catch(showError); } }

  async #load() {
    const text = this.field.value.trim(), number = this.latest = (this.latest ?? 0) + 1;
    const query = new URLSearchParams({ limit: String(listLimit) });
    if (text) { query.set('search', text); }
    const answer = await get(`scenes?${query}`, this.signal);
    if (number !== this.latest) { return; }
    this.total = answer.totalCount;
    if (this.search !== null) { this.search = text; }
    this.all.disabled = answer.totalCount === 0;
    this.allText.textContent = text ? `All ${grouped(answer.totalCount)} whose name has “${text}”` : `All ${grouped(answer.totalCount)} photographs of the server`;
    this.rows = answer.scenes;
    this.list.replaceChildren(...(answer.scenes.length === 0 ? [h('p', { class: 'note', text: text ? 'None has this in its name.' : 'The server has no photographs yet.' })]
      : answer.scenes.map(scene => check(h('bdi', { text: scene.name }), { checked: this.ids.has(scene.id), value: scene.id, onchange: event => {
        if (event.target.checked) { this.ids.add(scene.id); } else { this.ids.delete(scene.id); }
        this.#show();
        this.onChange();
      } }))));
    if (answer.totalCount > answer.scenes.length) { this.list.append(h('p', { class: 'note', text: `and ${grouped(answer.totalCount - answer.scenes.length)} more: search for a part of the name.` })); }
    this.#show();
    this.onChange();
  }

  #show() {
    this.list.classList.toggle('inactive', this.search !== null);
    for (const input of this.list.querySelectorAll('input')) { input.disabled = this.search !== null; }
    this.status.textContent = this.count === 0 ? 'None is chosen.' : `${counted(this.count, 'photograph')} ${this.count === 1 ? 'is' : 'are'} chosen.`;
  }
}
