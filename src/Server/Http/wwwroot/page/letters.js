// Dead letters: what could not be ingested, why, and what is done about it.
import { announce, ask, bytes, goTo, h, number, problem, when } from './dom.js';
import { address, json, send } from './server.js';

const Page = 20;

export function createLetters() {
  const reason = h('input', { id: 'letter-reason', autocomplete: 'off' });
  const id = h('input', { id: 'letter-document', autocomplete: 'off', spellcheck: 'false' });
  const list = h('div', { class: 'stack' });
  const state = h('p', { class: 'soft' });
  const more = h('button', { type: 'button', hidden: true, onclick: () => load(false) }, 'More');
  const all = h('button', { type: 'button', class: 'quiet', hidden: true, onclick: () => replayAll() }, 'Replay all of these …');
  const heading = h('h2', { tabindex: -1 }, 'Dead letters');
  const form = h('form', { class: 'options', 'aria-label': 'Which dead letters', onsubmit: event => { event.preventDefault(); load(true); } },
    h('span', { class: 'field' }, h('label', { for: reason.id }, 'Reason contains'), reason),
    h('span', { class: 'field' }, h('label', { for: id.id }, 'Document'), id),
    h('button', {}, 'Show'), all);
  const node = h('section', { 'aria-label': 'Dead letters' }, heading, form, state, list, h('p', {}, more));
  let after = null;
  let visit = 0;

  const conditions = () => ({ reason: reason.value.trim(), document: id.value.trim() });

  async function load(afresh) {
    const mine = afresh ? ++visit : visit;
    try {
      const page = await json(address('/v1/dead-letters', { ...conditions(), limit: Page, after: afresh ? null : after }));
      if (mine !== visit) return;
      const cards = page.deadLetters.map(card);
      if (afresh) list.replaceChildren(...cards);
      else {
        list.append(...cards);
        cards[0]?.querySelector('summary').focus();
      }
      after = page.next ?? null;
      more.hidden = after === null;
      all.hidden = !list.children.length;
      state.textContent = list.children.length ? '' : 'None: all that came could be ingested, or was replayed or dropped.';
      if (!afresh) announce(`${list.children.length} dead letters shown`);
    } catch (error) {
      if (mine === visit) list.replaceChildren(problem(error));
    }
  }

  function card(letter) {
    const details = h('details', { class: 'card letter' }, h('summary', {},
      h('span', { class: 'who', dir: 'auto' }, letter.documentId ?? `${letter.topic} ${letter.partition}, offset ${letter.offset}`),
      h('span', { class: 'soft' }, (letter.detail ? [letter.stage, letter.detail] : [letter.stage, letter.field, letter.reason]).filter(Boolean).join(' · '))));
    details.addEventListener('toggle', () => { if (details.open && details.children.length === 1) open(letter, details); });
    return details;
  }

  async function open(letter, details) {
    const body = h('div', {}, h('p', { class: 'soft' }, 'Reading …'));
    details.append(body);
    try {
      const report = await json(address(`/v1/dead-letters/${letter.id}`));
      const facts = [
        ['Number', letter.id], ['Refused', when(letter.createdAt)], ['From', `${letter.topic} ${letter.partition}, offset ${letter.offset}`], ['Stage', letter.stage],
        letter.field && ['Field', letter.field], report.version !== undefined && ['Version', `${report.version} (${report.versionRule})`],
        letter.replays && ['Replayed', `${number(letter.replays)} times`], ['Payload', bytes(letter.payloadBytes)],
      ].filter(Boolean);
      body.replaceChildren(
        h('dl', { class: 'facts' }, facts.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value)))),
        h('ul', { class: 'errors' }, report.errors.map(error => h('li', {}, error))),
        report.headers.length ? h('dl', { class: 'facts' }, report.headers.map(header => h('div', {}, h('dt', {}, header.name), h('dd', {}, shown(header.value))))) : '',
        report.payload ? h('pre', { tabindex: 0, 'aria-label': 'Payload' }, shown(report.payload)) : h('p', { class: 'soft' }, 'A tombstone: it has no payload.'),
        h('p', { class: 'actions' },
          letter.replayable && h('button', { type: 'button', onclick: () => act(details, letter, 'replay') }, 'Replay'),
          h('button', { type: 'button', class: 'danger', onclick: () => act(details, letter, 'drop') }, 'Drop …')));
    } catch (error) {
      body.replaceChildren(problem(error));
    }
  }

  async function act(details, letter, what) {
    const drop = what === 'drop';
    if (drop && !await ask({ title: 'Drop this dead letter?', text: `Number ${letter.id} is gone for good then, its record too.`, action: 'Drop', danger: true })) return;
    try {
      await send(address(`/v1/dead-letters/${letter.id}${drop ? '' : '/replay'}`), { method: drop ? 'DELETE' : 'POST' });
      const following = details.nextElementSibling ?? details.previousElementSibling;
      details.remove();
      (following?.querySelector('summary') ?? heading).focus();
      state.textContent = drop ? `Number ${letter.id} is dropped.` : `Number ${letter.id} is ingested again. If it fails once more it comes back with a new number.`;
      announce(state.textContent);
      all.hidden = !list.children.length;
    } catch (error) {
      details.append(problem(error));
    }
  }

  async function replayAll() {
    const given = Object.values(conditions()).some(Boolean) ? 'that fit these conditions' : 'of this tenant';
    if (!await ask({ title: 'Replay dead letters?', text: `All dead letters ${given} are ingested again, also those that are not shown.`, action: 'Replay' })) return;
    try {
      const result = await json(address('/v1/dead-letters/replay', conditions()), { method: 'POST' });
      await load(true);
      state.textContent = `${number(result.queued)} are ingested again${result.skipped ? `, ${number(result.skipped)} can't be` : ''}.`;
      announce(state.textContent);
      heading.focus();
    } catch (error) {
      list.prepend(problem(error));
    }
  }

  return {
    node,
    async show(parameters) {
      id.value = parameters.get('document') ?? '';
      reason.value = parameters.get('reason') ?? '';
      await load(true);
      if (parameters.has('document')) goTo(heading);
    },
  };
}

const shown = value => value.text ?? (value.base64 ? `base64: ${value.base64}` : '');
