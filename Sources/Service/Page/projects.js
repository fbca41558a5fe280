// The list of projects, and the form that makes a new one.

import { get, post, path } from './api.js';
import { h, field, emptyState, pageHead, counted, grouped, percent, fillNotes, showError, announce } from './dom.js';
import { PhotographChooser } from './choose.js';
import { isChoosing } from './photographs.js';

export const projectsView = async (content, _, signal) => {
  const { projects, problems } = await get('projects', signal);
  const damaged = h('div', { class: 'hints problems' });
  fillNotes(damaged, 'Some projects cannot be used', problems);
  const place = h('div');
  const begin = h('button', { type: 'button', class: 'primary', text: 'New project', 'aria-expanded': 'false' });
  const list = h('div', { class: 'list' });
  content.append(pageHead('Projects', 'Show what you look for on some photographs, and find it on all of them.', begin), damaged, place, list);
  const close = () => { form = null; place.replaceChildren(); begin.hidden = false; begin.setAttribute('aria-expanded', 'false'); begin.focus(); };
  let form = null;
  const open = hasFocus => {
    if (form) { return; }
    form = projectForm(signal, projects.length > 0 ? close : null);
    place.replaceChildren(form);
    begin.hidden = true;
    begin.setAttribute('aria-expanded', 'true');
    if (hasFocus) { form.querySelector('input').focus(); }
  };
  begin.addEventListener('click', () => open(true));
  if (projects.length === 0) {
    list.append(emptyState('There are no projects yet', 'Give the first one a name, drop photographs into the form, and say what you look for.'));
    open(false);
  } else {
    list.append(h('ul', { class: 'rows' }, projects.map(projectRow)));
  }
  return 'Projects';
};

const projectRow = project => h('li', {}, h('a', { class: 'row', href: `#/projects/${path(project.name)}` },
  h('span', { class: 'row-title' }, h('bdi', { text: project.name }), h('span', { class: 'row-note' }, 'looks for ', h('bdi', { text: project.classes.join(', ') }))),
  h('span', { class: 'row-facts' }, h('span', { text: progress(project) }), state(project))));

const progress = ({ unit, completeSceneCount, sceneCount }) => unit === 'photograph' ? `${grouped(completeSceneCount)} of ${counted(sceneCount, 'photograph')} done`
  : `labelled by ${unit}s, on the command line`;

const state = ({ learning, roundCount, objectCount }) => {
  const [kind, words] = isChoosing({ learning }) ? ['waiting', 'photographs are being chosen'] : learning.state === 'running' ? ['running', `learning${learning.fraction === null || learning.fraction === undefined ? '' : `, ${percent(learning.fraction, 0)}`}`]
    : learning.state === 'failed' ? ['failed', 'learning failed']
      : roundCount > 0 ? ['finished', `learnt ${roundCount === 1 ? 'once' : `${grouped(roundCount)} times`}`] : ['waiting', 'has not learnt yet'];
  return h('span', { class: `chip state ${kind}` }, h('span', { class: 'dot', 'aria-hidden': 'true' }), words);
};

/** What is wrong with a name; `null` where nothing is. */
const nameProblem = name => {
  if (name === '') { return 'Give the project a name.'; }
  if (!/^[\p{L}\p{N}_. -]{1,100}$/u.test(name)) { return 'A name has up to 100 letters, digits, spaces, hyphens, underscores and dots.'; }
  return name.startsWith('.') ? 'A name cannot begin with a dot.' : null;
};

const classNames = text => [...new Set(text.split(/[,;\n]/).map(name => name.trim()).filter(Boolean))];

/** @param onCancel closes the form; without it, it stays. */
const projectForm = (signal, onCancel) => {
  const name = h('input', { type: 'text', id: 'project-name', autocomplete: 'off', required: true, maxlength: 100 });
  const classes = h('input', { type: 'text', id: 'project-classes', autocomplete: 'off', spellcheck: 'false', placeholder: 'scratch, blot' });
  const message = h('p', { class: 'error', role: 'alert', hidden: true });
  const create = h('button', { type: 'submit', class: 'primary', text: 'Create the project' });
  const note = h('p', { class: 'note', role: 'status' });
  let isWaiting = false;
  const chooser = new PhotographChooser(signal, () => {
    note.textContent = isWaiting && chooser.isBusy ? 'The project is made when all photographs have arrived.' : '';
    if (!isWaiting || chooser.isBusy) { return; }
    isWaiting = false;
    if (chooser.failureCount > 0) { fail('Not all photographs have arrived. Try again, or create the project without them.'); } else { send(); }
  });
  const fail = (text, control) => { message.textContent = text; message.hidden = false; create.ariaBusy = 'false'; control?.focus(); };
  const send = async () => {
    const chosen = chooser.choices();
    if (chosen.length === 0) { fail('Choose some photographs.'); return; }
    create.ariaBusy = 'true';
    try {
      const made = await post('projects', { name: name.value.trim(), classes: classNames(classes.value), ...chosen[0] }, signal);
      for (const choice of chosen.slice(1)) { await post(`projects/${path(made.name)}/scenes`, choice, signal); }
      announce(`${made.name} is made.`);
      location.hash = `#/projects/${path(made.name)}`;
    } catch (error) {
      if (error.name === 'AbortError') { return; }
      if (error.status) { fail(error.message, error.status === 409 ? name : null); } else { showError(error); create.ariaBusy = 'false'; }
    }
  };
  return h('form', { class: 'form project-form card', novalidate: true, onsubmit: event => {
    event.preventDefault();
    if (create.ariaBusy === 'true') { return; }
    message.hidden = true;
    const wrong = nameProblem(name.value.trim());
    if (wrong) { fail(wrong, name); return; }
    if (classNames(classes.value).length === 0) { fail('Say what you look for: one word for each kind of object.', classes); return; }
    if (chooser.isBusy) { isWaiting = true; create.ariaBusy = 'true'; note.textContent = 'The project is made when all photographs have arrived.'; return; }
    send();
  } }, h('h2', { text: 'New project' }),
  field('Name', name), field('What you look for', classes, 'One word for each kind of object, with commas between them.'), chooser.element, message,
  h('div', { class: 'actions' }, create, onCancel && h('button', { type: 'button', text: 'Cancel', onclick: onCancel }), note));
};
