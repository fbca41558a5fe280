// A doubtful find in its photograph: the deep zoom in a dialog, in which the same keys answer.

import { get, path } from './api.js';
import { h, score } from './dom.js';
import { Viewer } from './viewer.js';
import { Shapes } from './shapes.js';
import { drawAddress } from './photographs.js';

/**
 * Shows an item until the dialog is closed.
 *
 * @param onKey gets each key that may be an answer, and says whether it was one: then the dialog closes.
 */
export const showSurroundings = async (item, { project, classes, onKey, signal }) => {
  const scene = await get(`scenes/${path(item.scene)}`, signal);
  const controller = new AbortController();
  const viewer = new Viewer(scene, controller.signal);
  const shapes = new Shapes(classes);
  shapes.list = [{ kind: 'find', box: item.box, label: item.class === null ? null : { class: item.class }, score: item.score ?? null }];
  viewer.setLayer(shapes);
  const close = h('button', { type: 'button', text: 'Close', onclick: () => dialog.close() });
  const title = h('h2', { id: 'surroundings-title' }, h('bdi', { text: item.sceneName }));
  const words = item.class === null ? 'Nobody has found anything here yet.' : `Found as ${item.class}${item.score === null ? '' : `, score ${score(item.score)}`}.`;
  const dialog = h('dialog', { class: 'surroundings', 'aria-labelledby': 'surroundings-title' },
    h('header', {}, title, h('p', { class: 'note', text: words }),
      h('div', { class: 'actions' }, h('a', { class: 'button', href: drawAddress(project, item.scene), text: 'Draw on this photograph', onclick: () => dialog.close() }), close)),
    h('div', { class: 'surroundings-view' }, viewer.element));
  dialog.addEventListener('keydown', event => {
    if (event.altKey || event.ctrlKey || event.metaKey || !onKey(event.key)) { return; }
    event.preventDefault();
    event.stopPropagation();
    dialog.close();
  }, { capture: true });
  const abort = () => dialog.close();
  signal.addEventListener('abort', abort);
  dialog.addEventListener('close', () => { signal.removeEventListener('abort', abort); controller.abort(); dialog.remove(); });
  document.body.append(dialog);
  dialog.showModal();
  viewer.canvas.focus();
  // The canvas gets its size after the first layout.
  const zoom = () => { if (viewer.width) { viewer.zoomTo(item.box); } else if (dialog.open) { requestAnimationFrame(zoom); } };
  zoom();
};
