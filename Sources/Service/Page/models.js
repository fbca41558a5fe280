// The models: details of each, and reading their folder again.

import { get, post, path } from './api.js';
import { h, emptyState, pageHead, bytes, counted, showError, announce } from './dom.js';
import { facts } from './scene.js';

export const modelsView = async (content, name, signal) => {
  const list = h('div', { class: 'list' });
  const reload = h('button', { type: 'button', text: 'Read the folder again' });
  content.append(pageHead('Models', 'What this server can predict and scan with.', reload), list);
  const show = models => {
    if (models.length === 0) {
      list.replaceChildren(emptyState('There are no models yet', 'Put model files (.safetensors) into the folder that the server was given with --models. Then read the folder again.'));
      return;
    }
    list.replaceChildren(h('ul', { class: 'cards' }, models.map(model => card(model, model.name === name, signal))));
  };
  reload.addEventListener('click', async () => {
    reload.disabled = true;
    try {
      const { models } = await post('models/reload', undefined, signal);
      show(models);
      announce(`The folder was read. ${counted(models.length, 'model')}.`);
    } catch (error) { showError(error); } finally { reload.disabled = false; }
  });
  show((await get('models', signal)).models);
  if (name !== null) { requestAnimationFrame(() => list.querySelector('details[open]')?.scrollIntoView({ block: 'nearest' })); }
  return 'Models';
};

/** The list has no checksums, because each takes a while: they come with the details of one model. */
const modelFacts = ({ precision, background, reading, sha256 }) => facts([
  ['Precision', precision ?? 'chosen when it is first used'], ['Background', background],
  ['Scans', reading && [reading.stride && `stride ${reading.stride}`, reading.threshold !== undefined && reading.threshold !== null && `threshold ${reading.threshold}`].filter(Boolean).join(', ')],
  ['SHA-256', sha256 ? h('code', { class: 'hash', text: sha256 }) : 'Loading …'],
]);

const card = (model, isOpen, signal) => {
  const shown = h('div', {}, modelFacts(model));
  let isLoaded = false;
  const load = async event => {
    if (!event.target.open || isLoaded) { return; }
    isLoaded = true;
    try {
      shown.replaceChildren(modelFacts(await get(`models/${path(model.name)}`, signal)));
    } catch (error) { isLoaded = false; showError(error); }
  };
  return h('li', { class: 'card' },
    h('div', { class: 'card-head' }, h('h2', {}, h('bdi', { text: model.name })),
      h('span', { class: `chip state ${model.state === 'ready' ? 'finished' : 'failed'}` }, h('span', { class: 'dot', 'aria-hidden': 'true' }), model.state === 'ready' ? 'ready' : 'not usable')),
    model.error && h('p', { class: 'error', text: model.error }),
    model.state === 'ready' && h('p', { class: 'card-line', text: [model.architecture, `${model.inputSize} × ${model.inputSize} pixels`, counted(model.classes.length, 'class', 'classes'), bytes(model.byteCount)].join(' · ') }),
    model.state === 'ready' && h('details', { ontoggle: load, open: isOpen }, h('summary', { text: 'Details' }), shown,
      h('h3', { text: 'Classes' }), h('ol', { class: 'class-list', start: '0' }, model.classes.slice(0, 200).map(name => h('li', {}, h('bdi', { text: name })))),
      model.classes.length > 200 && h('p', { class: 'note', text: `and ${counted(model.classes.length - 200, 'class', 'classes')} more` })),
    model.state === 'ready' && h('div', { class: 'actions' }, h('a', { class: 'button', href: `#/predict/${path(model.name)}`, text: 'Predict with it' })));
};
