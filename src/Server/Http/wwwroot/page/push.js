// Pushing documents: written here, or as JSON files.
import { announce, h, problem } from './dom.js';
import { collectionField } from './collections.js';
import { composer, takeDrops } from './composer.js';
import { followed } from './inbox.js';
import { isPicture } from './pictures.js';
import { access, address, json, post } from './server.js';
import { viewUrl } from './routes.js';

const Followers = 3;

const Meanings = {
  received: 'waits its turn', indexed: 'is stored and can be found', unchanged: 'was stored with the same content already', stale: 'is older than what is stored: ignored',
  deleted: 'is deleted', done: 'was taken up', dead: "can't be ingested",
};

export function createPush() {
  const content = composer({ shrink: false, describe: true, wording: 'Text', hint: 'Text of the document' });
  const collection = collectionField('default');
  const id = h('input', { id: 'document-id', required: true, maxlength: 512, autocomplete: 'off', spellcheck: 'false' });
  const title = h('input', { id: 'document-title', maxlength: 2048, autocomplete: 'off' });
  const sent = h('ul', { class: 'rows', 'aria-label': 'Pushed documents' });
  const notes = h('div');
  const button = h('button', { class: 'primary' }, 'Push');
  const chooser = h('input', { type: 'file', accept: '.json,.jsonl,application/json,application/x-ndjson', multiple: true, onchange: async () => { await pushFiles([...chooser.files]); chooser.value = ''; } });
  const field = (label, input) => h('span', { class: 'field' }, h('label', { for: input.id }, label), input);
  const form = h('form', { class: 'ask', 'aria-labelledby': 'push-title', onsubmit: event => { event.preventDefault(); pushForm(); } },
    h('div', { class: 'options' }, field('Id', id), field('Title (optional)', title), collection.node),
    content.node,
    h('div', { class: 'toolbar' }, content.tools, h('span', { class: 'tools end' },
      h('label', { class: 'button quiet' }, 'Push JSON files', chooser), button)));
  const node = h('section', { 'aria-labelledby': 'push-title' },
    h('h2', { id: 'push-title', tabindex: -1 }, 'Push a document'),
    h('p', { class: 'soft' }, 'Texts and pictures in reading order. Files with documents as JSON or JSON Lines can be dropped here, pictures too.'),
    form, notes, sent);
  const waiting = [];
  let workers = 0;
  takeDrops(node, files => {
    content.add(files.filter(isPicture));
    pushFiles(files.filter(file => !isPicture(file)));
  });

  async function pushForm() {
    notes.replaceChildren();
    const parts = content.read();
    if (!parts.length) {
      notes.append(problem(new Error('A document needs at least one text or picture.')));
      content.focus();
      return;
    }
    button.disabled = true;
    try {
      const document = {
        id: id.value, title: title.value.trim() || undefined, tenant: access.tenant || undefined, collection: collection.value || undefined,
        parts: await Promise.all(parts.map(uploaded)),
      };
      follow(await (await post('/v1/documents', document)).json());
      content.write([]);
      id.value = title.value = '';
      id.focus();
    } catch (error) {
      notes.append(problem(error));
    } finally {
      button.disabled = false;
    }
  }

  // A picture goes up by itself, as it is, and the document names it.
  async function uploaded(part) {
    if (part.text) return { type: 'text', text: part.text };
    const blob = await json(address('/v1/blobs'), { method: 'POST', headers: { 'Content-Type': part.blob.type }, body: part.blob });
    return { type: 'image', blob: blob.sha256, alt: part.alt || undefined };
  }

  async function pushFiles(files) {
    notes.replaceChildren();
    for (const file of files) {
      try {
        const type = file.name.endsWith('.jsonl') || file.name.endsWith('.ndjson') ? 'application/x-ndjson' : 'application/json';
        const accepted = await json(address('/v1/documents'), { method: 'POST', headers: { 'Content-Type': type }, body: file });
        for (const one of accepted.documents ?? [accepted]) follow(one);
      } catch (error) {
        notes.append(problem(new Error(`${file.name}: ${error.message}`)));
      }
    }
  }

  function follow(accepted) {
    const state = h('span', { class: 'soft' }, Meanings.received);
    const name = h('span', {}, accepted.id);
    sent.prepend(h('li', {}, name, state));
    waiting.push(() => report(accepted, name, state));
    work();
  }

  // A few at a time: a file may hold a thousand, and the server lets only some wait.
  async function work() {
    if (workers === Followers) return;
    workers++;
    while (waiting.length) await waiting.shift()();
    workers--;
  }

  async function report(accepted, name, state) {
    try {
      const end = await followed(accepted.statusUrl, trouble => { state.textContent = trouble ?? Meanings.received; });
      state.textContent = end.dead ? `${Meanings.dead}: ${end.dead.detail ?? end.dead.reason}` : Meanings[end.status] ?? end.status;
      if (end.status === 'indexed' || end.status === 'unchanged') {
        const tenant = new URL(accepted.statusUrl, location).searchParams.get('tenant') ?? '';
        const url = new URL(viewUrl('documents', { id: accepted.id }), location);
        if (tenant) url.searchParams.set('tenant', tenant);
        else url.searchParams.delete('tenant');
        name.replaceChildren(h('a', { href: url.pathname + url.search }, accepted.id));
      }
      announce(`${accepted.id} ${state.textContent}`);
    } catch (error) {
      state.textContent = error.message;
    }
  }

  return { node, focus: () => node.querySelector('h2').focus() };
}
