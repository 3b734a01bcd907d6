// Looking through the documents, one of them whole, and pushing one.
import { announce, h, problem } from './dom.js';
import { collectionField } from './collections.js';
import { documentPage } from './document.js';
import { createPush } from './push.js';
import { address, json } from './server.js';
import { go, viewUrl } from './routes.js';

const Page = 50;

export function createDocuments() {
  const collection = collectionField('default');
  const prefix = h('input', { id: 'prefix', autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false', maxlength: 512 });
  const form = h('form', { class: 'options', 'aria-label': 'Which documents', onsubmit: event => {
    event.preventDefault();
    go(viewUrl('documents', { collection: collection.value, prefix: prefix.value }));
  } }, collection.node, h('span', { class: 'field' }, h('label', { for: 'prefix' }, 'Ids that begin with'), prefix), h('button', {}, 'Show'),
  h('a', { class: 'button primary end', href: '/?view=documents&push=1' }, 'Push a document'));
  const body = h('div');
  const node = h('div', { class: 'view' }, h('h1', { tabindex: -1 }, 'Documents'), body);
  const push = createPush();
  let visit = 0;

  async function list(parameters) {
    const mine = ++visit;
    const rows = h('ul', { class: 'rows' });
    const more = h('button', { type: 'button', hidden: true }, 'More');
    const state = h('div', { class: 'soft' });
    body.replaceChildren(form, rows, state, h('p', {}, more));
    form.querySelector('a').href = viewUrl('documents', { push: '1' });
    let last = '';

    /** @param event The click that asks for more; none for the first page. */
    async function load(event) {
      more.disabled = true;
      try {
        const page = await json(address('/v1/documents', { collection: parameters.get('collection'), prefix: parameters.get('prefix'), after: last, limit: Page }));
        if (mine !== visit) return;
        const first = rows.children.length;
        rows.append(...page.map(entry => h('li', {},
          h('a', { href: viewUrl('documents', { id: entry.id }), dir: 'auto' }, entry.title ?? entry.id), entry.title && h('span', { class: 'soft' }, entry.id))));
        last = page.at(-1)?.id ?? last;
        more.hidden = page.length < Page;
        more.textContent = 'More';
        state.replaceChildren(...rows.children.length ? [] : await others());
        announce(`${rows.children.length} documents shown`);
        if (event) rows.children[first]?.querySelector('a').focus();
      } catch (error) {
        if (mine !== visit) return;
        state.replaceChildren(problem(error));
        more.textContent = 'Try again';
        more.hidden = more.disabled = false;
        if (event) more.focus();
      } finally {
        more.disabled = false;
      }
    }

    // Who knows no names yet is shown them.
    async function others() {
      const names = (await json(address('/v1/collections'))).map(({ name }) => name).filter(name => name !== (parameters.get('collection') || 'default'));
      const links = names.flatMap((name, i) => [i ? ', ' : '', h('a', { href: viewUrl('documents', { collection: name }) }, name)]);
      return ['No documents here.', ...names.length ? [' Other collections: ', ...links] : []];
    }

    more.addEventListener('click', load);
    await load();
  }

  return {
    node,
    title: 'Documents',
    async show(parameters) {
      collection.value = parameters.get('collection') ?? '';
      prefix.value = parameters.get('prefix') ?? '';
      if (parameters.get('push')) {
        visit++;
        body.replaceChildren(push.node);
        push.focus();
      } else if (parameters.get('id')) {
        const mine = ++visit;
        await documentPage(parameters.get('id'), body, () => mine === visit);
      } else {
        await list(parameters);
      }
    },
    hide() { visit++; },
  };
}
