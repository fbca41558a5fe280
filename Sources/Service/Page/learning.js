// One button that makes a project learn: its step, the time that is left, and the way to cancel it.

import { post, path, watchLearning } from './api.js';
import { h, percent, duration, announce, showError } from './dom.js';

export class LearningPart {
  /**
   * @param onEnd is called with the last state when learning has ended.
   */
  constructor(project, { signal, onEnd }) {
    Object.assign(this, { project, signal, onEnd });
    this.button = h('button', { type: 'button', class: 'primary', onclick: () => this.#start() });
    this.cancel = h('button', { type: 'button', text: 'Cancel', onclick: () => this.#cancel() });
    this.bar = h('progress', { max: 1, 'aria-label': 'Progress of learning' });
    this.text = h('p', { class: 'progress-text' });
    this.spoken = h('p', { class: 'hidden-text', role: 'status' });
    this.connection = h('p', { class: 'note', role: 'status' });
    this.error = h('p', { class: 'error', role: 'alert', hidden: true });
    this.running = h('div', { class: 'learning', hidden: true }, this.text, this.bar, this.connection, h('div', { class: 'actions' }, this.cancel));
    this.note = h('p', { class: 'note' });
    this.element = h('div', {}, this.error, this.running, h('div', { class: 'actions' }, this.button, this.note), this.spoken);
  }

  /** @param values `roundCount` and `learning` of the project; whether it can learn and why not; whether it only chooses photographs. */
  show({ roundCount, canLearn, why, learning, isPreparing = false }) {
    this.isPreparing = isPreparing;
    this.canLearn = canLearn;
    this.button.textContent = roundCount > 0 ? 'Learn again' : 'Learn';
    this.note.textContent = why ?? '';
    this.#showState(learning);
    if (learning.state === 'running') { this.#follow(); }
  }

  #showState(learning) {
    const isRunning = learning.state === 'running' && !this.isPreparing;
    this.running.hidden = !isRunning;
    this.button.hidden = isRunning;
    this.note.hidden = isRunning;
    this.button.disabled = !this.canLearn;
    this.error.hidden = learning.state !== 'failed';
    if (learning.state === 'failed') { this.error.textContent = `Learning failed. ${learning.error ?? ''}`; }
    if (!isRunning) { return; }
    const fraction = learning.fraction ?? null;
    if (fraction === null) { this.bar.removeAttribute('value'); } else { this.bar.value = fraction; }
    const left = learning.remainingSeconds;
    const step = learning.step === null || learning.step === 'begin' ? 'It begins' : learning.step;
    this.text.replaceChildren(...[fraction !== null && h('strong', { text: percent(fraction, 0) }), fraction !== null && ' · ', step,
      left !== null && left !== undefined && ` · about ${duration(left)} left`].filter(Boolean));
    if (learning.step !== this.step) { this.step = learning.step; this.spoken.textContent = `Learning: ${step}.`; }
  }

  async #start() {
    if (this.button.ariaBusy === 'true') { return; }
    this.button.ariaBusy = 'true';
    this.error.hidden = true;
    try {
      await this.before?.();
      this.isPreparing = false;
      this.#showState(await post(`projects/${path(this.project)}/learn`, {}, this.signal));
      this.cancel.focus();
      this.#follow();
    } catch (error) {
      if (error.name !== 'AbortError') {
        this.error.textContent = error.message;
        this.error.hidden = false;
        if (error.status === 409) { this.#follow(); }
      }
    } finally { this.button.ariaBusy = 'false'; }
  }

  async #cancel() {
    if (this.cancel.ariaBusy === 'true') { return; }
    this.cancel.ariaBusy = 'true';
    try { await post(`projects/${path(this.project)}/learn/cancel`, {}, this.signal); } catch (error) { showError(error); } finally { this.cancel.ariaBusy = 'false'; }
  }

  #follow() {
    if (this.isFollowing) { return; }
    this.isFollowing = true;
    let last = null;
    watchLearning(this.project, {
      signal: this.signal, onLearning: learning => { last = learning; this.#showState(learning); },
      onConnection: isThere => { this.connection.textContent = isThere ? '' : 'The connection is lost. Learning goes on; this page will follow it again.'; },
    }).then(() => {
      this.isFollowing = false;
      if (last === null || this.signal.aborted) { return; }
      const words = { finished: 'Learning is finished.', failed: 'Learning failed.', cancelled: 'Learning was cancelled.' }[last.state];
      if (words && !this.isPreparing) { announce(words); this.spoken.textContent = words; }
      if (document.activeElement === document.body) { this.button.focus(); }
      this.onEnd(last);
    }).catch(error => { this.isFollowing = false; showError(error); });
  }
}
