// Images and their five best classes.

import { get, request, path } from './api.js';
import { h, emptyState, pageHead, scoreBars, showError, announce, percent, bytes } from './dom.js';

export const predictView = async (content, name, signal) => {
  const models = (await get('models', signal)).models.filter(model => model.state === 'ready');
  content.append(pageHead('Predict', 'Show a model an image. It names the five most likely classes.'));
  if (models.length === 0) {
    content.append(emptyState('There is no model to predict with', h('p', {}, 'Put a model into the server’s folder, and read the folder again under ', h('a', { href: '#/models', text: 'Models' }), '.')));
    return 'Predict';
  }
  const model = h('select', { id: 'predict-model' }, models.map(row => h('option', { value: row.name, text: row.name })));
  if (models.some(row => row.name === name)) { model.value = name; }
  const chooser = h('input', { type: 'file', id: 'predict-file', accept: 'image/*,.tif,.tiff,.jp2,.webp', multiple: true });
  const zone = h('div', { class: 'drop' },
    h('p', { class: 'drop-title', text: 'Drop images here' }),
    h('p', {}, h('label', { for: 'predict-file', text: 'or choose them:' }), ' ', chooser),
    h('p', { class: 'note', text: 'You can also paste an image. Any size and any format that the server reads.' }));
  const results = h('ol', { class: 'predictions', 'aria-label': 'Predictions' });
  const addresses = h('textarea', { id: 'predict-addresses', rows: 3, spellcheck: 'false', placeholder: 'https://… or s3://…, one in each line' });
  const send = h('button', { type: 'button', text: 'Predict' });
  content.append(
    h('div', { class: 'search' }, h('label', { for: 'predict-model', text: 'Model' }), model), zone,
    h('details', { class: 'more' }, h('summary', { text: 'Images at addresses' }), h('div', { class: 'field' }, h('label', { for: 'predict-addresses', text: 'Addresses' }), addresses,
      h('p', { class: 'note', text: 'Only below addresses that the server was started with (--allow).' })), h('div', { class: 'actions' }, send)), results);

  /** Newest first; the last 50 stay. */
  const addCard = (title, file) => {
    const body = h('div', { class: 'prediction-body' }, h('p', { class: 'note', text: 'The model looks at it …' }));
    const picture = h('div', { class: 'prediction-picture' });
    if (file) { showPicture(file, picture); }
    results.prepend(h('li', { class: 'prediction' }, picture, h('div', { class: 'prediction-text' }, h('h2', {}, h('bdi', { text: title })), h('p', { class: 'note' }, h('bdi', { text: model.value })), body)));
    while (results.children.length > 50) { results.lastChild.remove(); }
    return body;
  };
  const fill = (body, title, prediction) => {
    if (prediction.error) { body.replaceChildren(h('p', { class: 'error', text: prediction.error })); return; }
    body.replaceChildren(scoreBars(prediction.classes));
    const best = prediction.classes[0];
    if (best) { announce(`${title}: ${best.name}, ${percent(best.score, 0)}.`); }
  };
  const predictFiles = async files => {
    for (const file of files) {
      const title = file.name || 'Pasted image', used = model.value, body = addCard(title, file);
      try {
        const type = file.type.startsWith('image/') ? file.type : 'application/octet-stream';
        const answer = await (await request(`models/${path(used)}/predict?top=5`, { method: 'POST', body: file, headers: { 'Content-Type': type }, signal })).json();
        fill(body, title, answer.predictions[0]);
      } catch (error) {
        if (error.name === 'AbortError') { return; }
        body.replaceChildren(h('p', { class: 'error', text: error.message }));
        announce(`${title}: ${error.message}`);
      }
    }
  };
  send.addEventListener('click', async () => {
    const lines = addresses.value.split('\n').map(line => line.trim()).filter(Boolean);
    if (lines.length === 0) { addresses.focus(); return; }
    send.disabled = true;
    try {
      const answer = await (await request(`models/${path(model.value)}/predict?top=5`, { method: 'POST', json: { addresses: lines }, signal })).json();
      for (const [index, prediction] of answer.predictions.entries()) {
        const title = prediction.image ?? lines[index];
        fill(addCard(title, null), title, prediction);
      }
    } catch (error) { showError(error); } finally { send.disabled = false; }
  });
  chooser.addEventListener('change', () => { predictFiles([...chooser.files]); chooser.value = ''; });
  content.addEventListener('dragover', event => { event.preventDefault(); zone.classList.add('over'); });
  content.addEventListener('dragleave', event => { if (!content.contains(event.relatedTarget)) { zone.classList.remove('over'); } });
  content.addEventListener('drop', event => { zone.classList.remove('over'); predictFiles([...event.dataTransfer.files]); });
  addEventListener('paste', event => { const files = [...event.clipboardData.files]; if (files.length > 0) { event.preventDefault(); predictFiles(files); } }, { signal });
  return 'Predict';
};

/** A browser cannot show every format that the server reads: then there is a sign for the picture. */
const showPicture = (file, target) => {
  const url = URL.createObjectURL(file);
  const image = h('img', { src: url, alt: '' });
  image.addEventListener('load', () => { if (image.naturalWidth < 100) { image.classList.add('pixels'); } URL.revokeObjectURL(url); });
  image.addEventListener('error', () => { URL.revokeObjectURL(url); target.replaceChildren(h('span', { class: 'note', text: bytes(file.size) })); });
  target.append(image);
};
