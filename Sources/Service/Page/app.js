// The page: which view is shown, the token, and the help.

import { setTokenAsker } from './api.js';
import { h, showError, clearErrors, announce } from './dom.js';
import { resumeQueues } from './labels.js';
import { scenesView } from './scenes.js';
import { sceneView } from './scene.js';
import { scansView } from './scans.js';
import { scanView } from './scan.js';
import { predictView } from './predict.js';
import { modelsView } from './models.js';
import { runsView, runView } from './runs.js';

const main = document.getElementById('main');

/** A view whose scripts, nearly half of all, are fetched when it is opened. */
const later = (load, name) => async (...values) => (await load())[name](...values);

/** The first part of the address after `#/`, with and without a name behind it. */
const views = {
  projects: [later(() => import('./projects.js'), 'projectsView'), later(() => import('./project.js'), 'projectRoute')], scenes: [scenesView, sceneView], scans: [scansView, scanView], predict: [predictView], models: [modelsView, modelsView],
  runs: [runsView, runView],
};

// The token

const tokenDialog = document.getElementById('token-dialog'), tokenInput = document.getElementById('token-input');
setTokenAsker(wasWrong => new Promise(resolve => {
  document.getElementById('token-error').hidden = !wasWrong;
  tokenInput.value = '';
  tokenDialog.showModal();
  tokenInput.focus();
  const form = document.getElementById('token-form');
  form.onsubmit = event => {
    event.preventDefault();
    const token = tokenInput.value.trim();
    // No header can carry anything else.
    const isPossible = /^[\x21-\x7e]+$/.test(token);
    document.getElementById('token-error').hidden = isPossible;
    if (!isPossible) { return; }
    tokenDialog.close();
    resolve(token);
  };
}));
tokenDialog.addEventListener('cancel', event => event.preventDefault());

// The help

const helpDialog = document.getElementById('help-dialog'), globalKeys = document.getElementById('global-keys');
globalKeys.checked = localStorage.getItem('tilescope-keys') !== 'off';
globalKeys.addEventListener('change', () => localStorage.setItem('tilescope-keys', globalKeys.checked ? 'on' : 'off'));
const showHelp = () => { if (!document.querySelector('dialog[open]')) { helpDialog.showModal(); } };
document.getElementById('help-button').addEventListener('click', showHelp);
document.getElementById('help-close').addEventListener('click', () => helpDialog.close());
addEventListener('keydown', event => {
  const isTyping = event.target.matches('input:not([type=checkbox], [type=radio], [type=range]), textarea, select');
  if (event.key !== '?' || event.ctrlKey || event.metaKey || isTyping) { return; }
  if (!globalKeys.checked && event.target.tagName !== 'CANVAS') { return; }
  event.preventDefault();
  showHelp();
});

// Views

let controller = new AbortController();
let isFirst = true;

const show = async () => {
  controller.abort();
  controller = new AbortController();
  const { signal } = controller;
  const [name = '', ...rest] = location.hash.replace(/^#\/?/, '').split('/');
  let argument = null;
  try { argument = rest.length > 0 && rest[0] !== '' ? decodeURIComponent(rest.join('/')) : null; } catch { argument = rest.join('/'); }
  const view = views[name]?.[argument === null ? 0 : 1] ?? views[name]?.[0];
  if (!view) { location.replace('#/projects'); return; }
  clearErrors();
  for (const link of document.querySelectorAll('nav a')) {
    if (link.dataset.view === name) { link.setAttribute('aria-current', 'page'); } else { link.removeAttribute('aria-current'); }
  }
  const content = h('div', { class: 'view' });
  document.body.dataset.layout = 'page';
  main.replaceChildren(content);
  scrollTo(0, 0);
  const slow = setTimeout(() => { if (!content.hasChildNodes()) { content.append(h('p', { class: 'loading', text: 'Loading …' })); } }, 300);
  signal.addEventListener('abort', () => clearTimeout(slow));
  try {
    const title = await view(content, argument, signal);
    clearTimeout(slow);
    if (signal.aborted) { return; }
    content.querySelector(':scope > .loading')?.remove();
    document.title = title ? `${title} – Tilescope` : 'Tilescope';
    if (!isFirst) { announce(title); (main.querySelector('h1') ?? main).focus({ preventScroll: true }); }
    isFirst = false;
  } catch (error) {
    clearTimeout(slow);
    if (error.name === 'AbortError' || signal.aborted) { return; }
    document.body.dataset.layout = 'page';
    const title = error.status === 404 ? 'This is not here' : 'This did not work';
    document.title = `${title} – Tilescope`;
    content.replaceChildren(h('div', { class: 'empty' }, h('h1', { tabindex: '-1', text: title }),
      h('p', { text: error.message }),
      h('div', { class: 'actions' }, h('button', { type: 'button', class: 'primary', text: 'Try again', onclick: show }), h('a', { class: 'button', href: `#/${name}`, text: 'Back to the list' }))));
    announce(error.message);
    if (!isFirst) { main.querySelector('h1').focus({ preventScroll: true }); }
    isFirst = false;
    if (!('status' in error)) { throw error; }
  }
};

addEventListener('hashchange', show);
addEventListener('unhandledrejection', event => { if (event.reason?.name !== 'AbortError') { showError(event.reason); } });
// A picture that is dropped beside the right place must not replace the page.
for (const name of ['dragover', 'drop']) { addEventListener(name, event => event.preventDefault()); }
show();
resumeQueues();
