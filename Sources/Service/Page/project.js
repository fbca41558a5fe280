// One project, from showing what to look for to the result, on one page of four steps.

import { get, post, request, path } from './api.js';
import { h, counted, grouped, fillNotes, showError, announce } from './dom.js';
import { labelQueue, saveStatus } from './labels.js';
import { photographs, forgetPhotographs, strip, drawAddress, isChoosing } from './photographs.js';
import { Thumbnails } from './crops.js';
import { LearningPart } from './learning.js';
import { ResultPart } from './result.js';
import { PhotographChooser } from './choose.js';
import { drawView } from './draw.js';
import { checkView } from './grid.js';

/** Photographs to mark before the first learning, where there are so many. */
const firstCount = 20;
const stripLength = 20;
/** How long a view waits for labels that are on their way. */
const saveMilliseconds = 3000;

/** `NAME`, `NAME/scene/ID` or `NAME/check`: a name has no slash. */
export const projectRoute = (content, argument, signal) => {
  const [name, part, id] = argument.split('/');
  if (part === 'scene' && id) { return drawView(content, name, id, signal); }
  return part === 'check' ? checkView(content, name, signal) : projectView(content, name, signal);
};

const projectView = async (content, name, signal) => {
  const queue = labelQueue(name);
  await queue.saved(saveMilliseconds);
  let project = await get(`projects/${path(name)}`, signal);
  const list = photographs(name);
  const thumbnails = new Thumbnails(signal);
  const lead = h('span', { class: 'run-line' });
  const hints = h('div', { class: 'hints', hidden: true });
  const problems = h('div', { class: 'hints problems', hidden: true });
  const show = new Step(1, 'Show what you look for'), learn = new Step(2, 'Learn'), check = new Step(3, 'Check doubtful finds'), result = new Step(4, 'Result');
  content.append(
    h('p', { class: 'back' }, h('a', { href: '#/projects', text: '← All projects' })),
    h('header', { class: 'page-head' }, h('div', {}, h('h1', { tabindex: '-1' }, h('bdi', { text: name })), h('p', { class: 'lead' }, lead)), h('div', { class: 'actions' }, saveStatus(queue, signal))),
    hints, problems, show.element, learn.element, check.element, result.element, more(name, signal, changed => { project = changed; list.load(project, signal).catch(showError); fill(); }));

  // Of other projects the server says where they are labelled.
  const isShown = project.unit === 'photograph';
  for (const step of [show, learn, check, result]) { step.element.hidden = !isShown; }

  const stripPlace = h('div', { 'aria-busy': 'true' }), progress = h('p', { class: 'progress-text' }), bar = h('progress', { max: 1, 'aria-label': 'Photographs that are done' });
  const draw = h('a', { class: 'button primary' });
  show.body.append(h('p', { text: 'Draw a box around each object on these photographs. Photographs without any object count, too: say that they are done.' }), progress, bar, stripPlace, h('div', { class: 'actions' }, draw));
  const learning = new LearningPart(name, { signal, onEnd: () => reload().catch(showError) });
  learning.before = () => queue.saved(saveMilliseconds);
  learn.body.append(h('p', { text: 'The finder learns from what you marked, and then looks through all photographs.' }), learning.element);

  const fillStrip = () => {
    const done = project.completeSceneCount, goal = Math.min(firstCount, project.sceneCount), isFirst = project.roundCount === 0 && done < project.sceneCount;
    progress.replaceChildren(h('strong', { text: isFirst ? `${grouped(done)} of ${grouped(goal)}` : grouped(done) }), isFirst ? ' photographs are done' : ` of ${counted(project.sceneCount, 'photograph')} are done`);
    bar.max = isFirst ? goal : project.sceneCount;
    bar.value = Math.min(done, bar.max);
    const next = list.nextOpen();
    draw.href = drawAddress(name, (next ?? list.rows[0])?.id ?? '');
    draw.hidden = list.rows.length === 0;
    draw.textContent = next === null ? 'Look at them again' : done === 0 ? 'Begin to draw' : 'Go on drawing';
    // The server names those that are done last.
    const rows = isFirst ? [...list.rows.filter(row => row.isComplete), ...list.rows.filter(row => !row.isComplete)] : list.rows;
    stripPlace.setAttribute('aria-busy', 'false');
    stripPlace.replaceChildren(list.rows.length === 0 ? h('p', { class: 'note', text: 'This project has no photographs.' }) : strip(name, rows.slice(0, stripLength), thumbnails));
  };

  const fill = () => {
    const { classes, counts, sceneCount, completeSceneCount, objectCount, roundCount } = project;
    lead.replaceChildren(h('span', {}, 'Looks for ', classes.map((label, index) => [index > 0 && ', ', h('strong', {}, h('bdi', { text: label }))])),
      ...isShown ? [h('span', { text: counted(sceneCount, 'photograph') }), h('span', { text: counted(objectCount, 'object') + ' marked' })] : []);
    fillNotes(hints, 'What to do next', project.hints);
    fillNotes(problems, 'Some photographs cannot be read', project.problems);
    const isPreparing = isChoosing(project);
    const hasBackground = completeSceneCount > 0 || (counts?.[project.background] ?? 0) > 0;
    const goal = Math.min(firstCount, sceneCount);
    const why = objectCount === 0 ? 'Mark some objects first.' : !hasBackground ? 'Say of some photographs that they are done first.'
      : roundCount === 0 && completeSceneCount < goal ? `It can learn now. With ${grouped(goal)} photographs the first result is better.` : '';
    learning.show({ roundCount, canLearn: objectCount > 0 && hasBackground, why, learning: project.learning, isPreparing });
    const done = completeSceneCount >= goal;
    show.state(done ? 'done' : 'now', isPreparing ? 'The photographs to begin with are being chosen. You can draw already.' : Object.entries(counts ?? {}).filter(entry => entry[1] > 0).map(([label, count]) => `${label === 'unsure' ? 'not sure' : label}: ${grouped(count)}`).join(' · '));
    learn.state(roundCount > 0 ? 'done' : done ? 'now' : 'later', roundCount > 0 ? `learnt ${roundCount === 1 ? 'once' : `${grouped(roundCount)} times`}` : '');
    fillStrip();
  };

  const fillCheck = async () => {
    if (project.roundCount === 0) {
      check.state('later', '');
      check.body.replaceChildren(h('p', { class: 'note', text: 'After learning, the finds of which it is least sure are here. You answer each with one key.' }));
      return;
    }
    const { items } = await get(`projects/${path(name)}/doubts?limit=200`, signal);
    const open = items.filter(item => item.label === null || item.label === undefined);
    check.state(open.length === 0 ? 'done' : 'now', items.length === 0 ? '' : `${grouped(items.length - open.length)} of ${grouped(items.length)} answered`);
    if (items.length === 0) { check.body.replaceChildren(h('p', { class: 'note', text: 'The last round has no doubtful finds.' })); return; }
    check.body.replaceChildren(
      h('p', { text: open.length === 0 ? 'All are answered. Learn again, so that your answers count.' : 'Say of each find what it is: one key for each. This is the fastest way to a better result.' }),
      h('ul', { class: 'preview', 'aria-hidden': 'true' }, (open.length > 0 ? open : items).slice(0, 6).map(item => h('li', {}, thumbnails.place({ id: item.scene, version: item.version, width: item.width, height: item.height }, { width: 88, height: 88, box: item.box })))),
      h('div', { class: 'actions' }, h('a', { class: open.length === 0 ? 'button' : 'button primary', href: `#/projects/${path(name)}/check`, text: open.length === 0 ? 'Look at them again' : `Check ${counted(open.length, 'find')}` })));
  };

  const fillResult = async () => {
    const empty = () => { result.state('later', ''); result.body.replaceChildren(h('p', { class: 'note', text: 'After learning, this shows which photographs are ok and which are not, and how often the finder is wrong.' })); };
    if (project.roundCount === 0) { empty(); return; }
    try {
      const answer = await get(`projects/${path(name)}/result`, signal);
      result.state('now', `after round ${grouped(answer.round)}`);
      result.body.replaceChildren(new ResultPart(name, answer, thumbnails).element);
    } catch (error) { if (error.status !== 404) { throw error; } empty(); }
  };

  const reload = async () => {
    project = await get(`projects/${path(name)}`, signal);
    await list.load(project, signal);
    fill();
    await Promise.all([fillCheck(), fillResult()]);
  };

  list.observe(() => { if (!signal.aborted) { fillStrip(); } }, signal);
  await list.load(project, signal);
  fill();
  for (const part of isShown ? [fillCheck, fillResult] : []) { part().catch(showError); }
  return name;
};

/** A numbered part of the page: done, to do now, or later. */
class Step {
  constructor(number, title) {
    this.number = h('span', { class: 'step-number', 'aria-hidden': 'true', text: String(number) });
    this.note = h('span', { class: 'note' });
    this.body = h('div', { class: 'step-body' });
    this.hidden = h('span', { class: 'hidden-text' });
    this.element = h('section', { class: 'step', 'aria-label': `Step ${number}: ${title}` }, this.number, h('header', {}, h('h2', {}, title, this.hidden), this.note), this.body);
  }

  state(state, note) {
    this.element.dataset.state = state;
    this.hidden.textContent = { done: ', done', now: '', later: ', later' }[state];
    this.note.textContent = note;
  }
}

/** More photographs, and the end of the project. */
const more = (name, signal, onChange) => {
  const place = h('div'), status = h('p', { class: 'note', role: 'status' });
  const add = h('details', { class: 'more', ontoggle: () => {
    if (!add.open || place.hasChildNodes()) { return; }
    const chooser = new PhotographChooser(signal, () => { button.disabled = !chooser.isReady; });
    const button = h('button', { type: 'button', class: 'primary', text: 'Add them', disabled: true, onclick: async () => {
      button.disabled = true;
      try {
        let project = null;
        for (const choice of chooser.choices()) { project = await post(`projects/${path(name)}/scenes`, choice, signal); }
        if (project) { status.textContent = `The project has ${counted(project.sceneCount, 'photograph')} now.`; onChange(project); }
        place.replaceChildren();
        add.open = false;
      } catch (error) { showError(error); button.disabled = false; }
    } });
    place.append(chooser.element, h('div', { class: 'actions' }, button));
  } }, h('summary', { text: 'Add photographs' }), place);
  const sure = h('div', { class: 'sure', hidden: true });
  const remove = h('button', { type: 'button', class: 'danger', text: 'Delete this project' });
  remove.addEventListener('click', () => {
    const confirm = h('button', { type: 'button', class: 'danger', text: 'Delete it and all its labels', onclick: async () => {
      try {
        await request(`projects/${path(name)}`, { method: 'DELETE', signal });
        labelQueue(name).clear();
        forgetPhotographs(name);
        announce(`${name} is deleted.`);
        location.hash = '#/projects';
      } catch (error) { showError(error); }
    } });
    sure.replaceChildren(h('p', { text: 'The labels are gone for good then. The photographs stay on the server.' }),
      h('div', { class: 'actions' }, confirm, h('button', { type: 'button', text: 'Keep it', onclick: () => { sure.hidden = true; remove.hidden = false; remove.focus(); } })));
    sure.hidden = false;
    remove.hidden = true;
    sure.querySelectorAll('button')[1].focus();
  });
  return h('div', { class: 'project-more' }, add, status, h('div', { class: 'actions' }, remove), sure);
};
