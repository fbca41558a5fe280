// One scene: the viewer, its facts, its scans, and the form that starts one.

import { get, getAll, post, path, request, getService, wait } from './api.js';
import { h, field, check, slider, choices, bytes, grouped, percent, showError, emptyState } from './dom.js';
import { Viewer } from './viewer.js';
import { scanRow } from './scans.js';

/** A scene at the left, or above, and a panel. */
export const stage = (content, scene, signal) => {
  document.body.dataset.layout = 'stage';
  const viewer = new Viewer(scene, signal);
  const panel = h('aside', { class: 'panel', 'aria-label': 'Details' });
  content.append(h('div', { class: 'stage' }, h('section', { class: 'stage-view', 'aria-label': 'Scene' }, viewer.element), panel));
  followOverviews(scene, viewer, signal).catch(() => {});
  return { viewer, panel };
};

/** While the server makes overviews of a scene, the viewer says how far it is. */
const followOverviews = async (scene, viewer, signal) => {
  let state = scene;
  while (state.overviews === 'making' || state.overviews === 'none') {
    viewer.say(state.overviews === 'making' ? `Small versions of this scene are being made: ${percent(state.overviewFraction ?? 0, 0)}` : 'Small versions of this scene are made when they are first needed.');
    await wait(2000, signal);
    state = await get(`scenes/${path(scene.id)}`, signal);
  }
  viewer.say('');
  viewer.redraw();
};

export const facts = rows => h('dl', { class: 'facts' }, rows.filter(row => row[1] !== null && row[1] !== undefined && row[1] !== false && row[1] !== '')
  .flatMap(([name, value]) => [h('dt', { text: name }), h('dd', {}, value instanceof Node ? value : String(value))]));

const sceneFacts = scene => facts([
  ['Size', `${grouped(scene.width)} × ${grouped(scene.height)} pixels`], ['File', bytes(scene.byteCount)], ['Bands', scene.bandCount],
  ['Pixel', scene.isGeoreferenced && scene.pixelSize ? `${+scene.pixelSize.x.toPrecision(4)} × ${+scene.pixelSize.y.toPrecision(4)} in the scene's units` : null],
  ['Georeference', scene.isGeoreferenced ? 'yes' : 'no'],
]);

export const sceneView = async (content, id, signal) => {
  const models = get('models', signal).then(answer => answer.models);
  const scans = getAll(`scans?scene=${encodeURIComponent(id)}&limit=50`, 'scans', signal, 200);
  for (const promise of [models, scans]) { promise.catch(() => {}); }
  const scene = await get(`scenes/${path(id)}`, signal);
  const { panel } = stage(content, scene, signal);
  const scanList = h('div', { 'aria-busy': 'true' }), form = h('div');
  panel.append(
    h('p', { class: 'back' }, h('a', { href: '#/scenes', text: '← All scenes' })),
    h('h1', { tabindex: '-1' }, h('bdi', { text: scene.name })), sceneFacts(scene),
    h('section', { class: 'part' }, h('h2', { text: 'Scans of this scene' }), scanList),
    h('section', { class: 'part' }, h('h2', { text: 'Start a scan' }), form));
  if (scene.isUploaded) { panel.append(deletion(scene)); }

  const fillScans = scans.then(rows => {
    scanList.setAttribute('aria-busy', 'false');
    scanList.replaceChildren(rows.length === 0 ? h('p', { class: 'note', text: 'None yet. A scan finds objects in this scene.' })
      : h('ul', { class: 'rows compact' }, rows.map(row => scanRow(row, { hasScene: false }))));
  });
  const fillForm = models.then(async rows => { form.replaceChildren(await scanForm(scene, rows, signal)); });
  for (const part of [fillScans, fillForm]) { part.catch(showError); }
  return scene.name;
};

/** The lowest score that a scan keeps where nothing else is asked for (`ScanTask.usualFloor`). */
export const usualFloor = 0.05;

const deletion = scene => {
  const button = h('button', { type: 'button', class: 'danger', text: 'Delete this scene' });
  button.addEventListener('click', async () => {
    if (button.dataset.sure !== 'yes') {
      button.dataset.sure = 'yes';
      button.textContent = 'Delete it for good?';
      setTimeout(() => { button.dataset.sure = ''; button.textContent = 'Delete this scene'; }, 5000);
      return;
    }
    try {
      await request(`scenes/${path(scene.id)}`, { method: 'DELETE' });
      location.hash = '#/scenes';
    } catch (error) { showError(error); }
  });
  return h('section', { class: 'part' }, button);
};

/** The form of a file with true objects, by its name and how it begins. */
const truthForm = (name, text) => {
  const ending = name.split('.').pop().toLowerCase();
  if (ending !== 'json') { return { csv: 'csv', jsonl: 'jsonl', ndjson: 'jsonl', xml: 'voc' }[ending] ?? 'geojson'; }
  if (text.trimStart().startsWith('[')) { return 'label-studio'; }
  return /"type"\s*:\s*"Feature/.test(text.slice(0, 4096)) ? 'geojson' : 'coco';
};

const scanForm = async (scene, models, signal) => {
  const usable = models.filter(model => model.state === 'ready');
  if (usable.length === 0) {
    return emptyState('There is no model to scan with', h('p', {}, 'Train one, put its file into the folder of the models, and read the folder again under ', h('a', { href: '#/models', text: 'Models' }), '.'));
  }
  const service = await getService().catch(() => ({ outputForms: [] }));
  let mode = '';
  const model = h('select', { id: 'scan-model', required: true }, usable.map(row => h('option', { value: row.name, text: row.name })));
  const modelNote = h('p', { class: 'note' });
  const threshold = slider('Threshold', { value: 0.9, note: 'Objects with at least this score are kept. You can change it after the scan.' });
  let hasOwnThreshold = false;
  threshold.input.addEventListener('input', () => { hasOwnThreshold = true; });
  const classes = h('fieldset', { class: 'checks' });
  const forms = h('fieldset', { class: 'checks' }, h('legend', { text: 'Also write' }),
    h('div', { class: (service.outputForms ?? []).length > 10 ? 'scroll-list' : 'plain' }, (service.outputForms ?? []).map(form => check(form, { name: 'form', value: form }))));
  const stride = h('input', { type: 'number', min: 1, max: 4096, step: 1, inputmode: 'numeric' });
  const floor = h('input', { type: 'number', min: 0, max: 1, step: 0.01, inputmode: 'decimal', placeholder: `${usualFloor}` });
  const views = h('select', {}, h('option', { value: '', text: 'one' }), h('option', { value: '2', text: 'two: as it is and mirrored' }), h('option', { value: '8', text: 'eight: all turns and mirrorings' }));
  const truth = h('input', { type: 'file', accept: '.geojson,.json,.jsonl,.ndjson,.csv,.xml' });
  const message = h('p', { class: 'error', role: 'alert', hidden: true });
  const start = h('button', { type: 'submit', class: 'primary', text: 'Start the scan' });

  const chosen = () => usable.find(row => row.name === model.value);
  const describe = () => {
    const row = chosen(), reading = row.reading;
    modelNote.textContent = `${row.architecture}, windows of ${row.inputSize} × ${row.inputSize} pixels`;
    if (!hasOwnThreshold) { threshold.set(reading?.threshold ?? 0.9); }
    stride.placeholder = reading?.stride ? `${reading.stride}, as the model says` : 'as the model says';
    const names = row.classes.filter(name => name !== row.background);
    const many = names.length > 12;
    classes.replaceChildren(h('legend', { text: 'Look for' }),
      many ? h('p', { class: 'note', text: `All ${names.length} classes, or only those that you tick:` }) : '',
      h('div', { class: many ? 'scroll-list' : 'plain' }, names.map(name => check(name, { name: 'class', value: name, checked: !many }))));
  };
  model.addEventListener('change', describe);
  describe();

  const requestOf = async () => {
    const names = [...classes.querySelectorAll('input')], ticked = names.filter(input => input.checked).map(input => input.value);
    const rule = {};
    if (hasOwnThreshold) { rule.threshold = +threshold.input.value; }
    if (ticked.length > 0 && ticked.length < names.length) { rule.classes = ticked; }
    if (ticked.length === 0 && names.length <= 12) { throw new Error('Tick at least one class to look for.'); }
    const body = { scene: scene.id, model: model.value };
    if (mode) { body.mode = mode; }
    if (stride.value) { body.stride = +stride.value; }
    if (views.value) { body.views = +views.value; }
    if (floor.value) { body.floor = +floor.value; } else if (rule.threshold < usualFloor) { body.floor = rule.threshold; }
    if (Object.keys(rule).length > 0) { body.rule = rule; }
    const written = [...forms.querySelectorAll('input:checked')].map(input => input.value);
    if (written.length > 0) { body.forms = written; }
    const file = truth.files[0];
    if (file) {
      body.truth = await file.text();
      body.truthForm = truthForm(file.name, body.truth);
    }
    return body;
  };
  const form = h('form', {
    class: 'form', onsubmit: async event => {
      event.preventDefault();
      message.hidden = true;
      start.disabled = true;
      try {
        const scan = await post('scans', await requestOf(), signal);
        location.hash = `#/scans/${path(scan.id)}`;
      } catch (error) {
        if (error.name === 'AbortError') { return; }
        message.textContent = error.message;
        message.hidden = false;
      } finally { start.disabled = false; }
    },
  },
  h('div', { class: 'field' }, h('label', { for: 'scan-model', text: 'Model' }), model, modelNote), classes, threshold.element,
  h('details', { class: 'more' }, h('summary', { text: 'More settings' }),
    choices('Mode', [['', 'As the model says'], ['exact', 'Exact'], ['dense', 'Dense']], '', value => { mode = value; }),
    h('p', { class: 'note', text: 'Exact scores each window by itself. Dense runs the network once over whole blocks, which is faster; scores differ.' }),
    field('Stride in pixels', stride, 'From one window to the next. Smaller finds more and takes longer.'),
    field('Views of each window', views, 'More views score better and take as many times longer.'),
    field('Floor', floor, 'The lowest score that is kept for merging again.'), forms),
  field('Truth (optional)', truth, 'A file with the true objects: GeoJSON, CSV, JSON Lines, COCO, Pascal VOC or Label Studio. The scan then shows hits, false alarms and misses.'),
  message, h('div', { class: 'actions' }, start));
  return form;
};
