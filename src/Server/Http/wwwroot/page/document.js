// One document in reading order, and its deletion.
import { announce, ask, freshId, h, problem, when } from './dom.js';
import { followed } from './inbox.js';
import { storedPicture } from './pictures.js';
import { address, json, send } from './server.js';
import { viewUrl } from './routes.js';

/** @param current False once something else is to be seen in the place of it. */
export async function documentPage(id, body, current) {
  body.replaceChildren(h('p', { class: 'soft' }, 'Reading …'));
  try {
    const stored = await json(address(pathOf(id)));
    if (!current()) return;
    const page = show(stored);
    body.replaceChildren(page);
    page.querySelector('h2').focus();
  } catch (error) {
    if (current()) body.replaceChildren(problem(error), back());
  }
}

const pathOf = id => `/v1/documents/${encodeURIComponent(id)}`;
const back = collection => h('p', {}, h('a', { href: viewUrl('documents', { collection: collection === 'default' ? '' : collection }) }, collection ? `All of ${collection}` : 'All documents'));

function show({ version, updatedAt, document: content }) {
  const title = freshId('document');
  const facts = [
    ['Id', content.id], ['Collection', content.collection], ['Version', `${version}${content.version === undefined ? ', its position in the source' : ''}`],
    ['Stored', when(updatedAt)], content.time && ['Time', when(content.time)], content.language && ['Language', content.language],
  ].filter(Boolean);
  const outcome = h('p', { class: 'soft' });
  const article = h('article', { class: 'document', 'aria-labelledby': title },
    back(content.collection),
    h('h2', { id: title, tabindex: -1, dir: 'auto' }, content.title ?? content.id),
    h('dl', { class: 'facts' }, facts.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value)))),
    content.metadata && h('details', {}, h('summary', {}, 'Metadata'), h('pre', { tabindex: 0 }, JSON.stringify(content.metadata, null, 2))),
    h('div', { class: 'reading', lang: content.language }, content.parts.map(part => part.type === 'text'
      ? h('p', { dir: 'auto' }, part.text)
      : h('figure', {}, storedPicture(part.blob, part.alt), part.alt && h('figcaption', { dir: 'auto' }, part.alt)))),
    h('p', { class: 'actions' }, h('a', { class: 'button quiet', href: viewUrl('search', { like: content.id }) }, 'More like this'), h('button', { type: 'button', class: 'danger', onclick: () => remove(content, outcome, article) }, 'Delete …')),
    outcome);
  return article;
}

async function remove(content, outcome, article) {
  const given = await ask({
    title: 'Delete this document?',
    text: content.title ? `${content.title} (${content.id})` : content.id,
    fields: [h('label', { class: 'check' }, h('input', { type: 'checkbox', name: 'erase' }),
      'Erase it everywhere and at once: its dead letters, events and pictures too')],
    action: 'Delete', danger: true,
  });
  if (!given) return;
  try {
    if (given.get('erase')) {
      await send(address(pathOf(content.id), { erase: true }), { method: 'DELETE' });
      gone(article, content, 'Erased.');
      return;
    }
    // A delete is one more version, and of a version that JavaScript can't count there is no next one to name.
    if (content.version !== undefined && !Number.isSafeInteger(content.version + 1)) throw new Error('Its version is too large for a browser to count on: erase it, or delete it over the API.');
    const accepted = await json(address(pathOf(content.id), { version: content.version === undefined ? null : content.version + 1 }), { method: 'DELETE' });
    outcome.textContent = 'Deleting …';
    announce('Deleting');
    const end = await followed(accepted.statusUrl, trouble => { outcome.textContent = `Deleting … ${trouble ?? ''}`; }, () => article.isConnected);
    if (!end) return;
    if (end.status === 'deleted') gone(article, content, 'Deleted.');
    else throw new Error(end.dead ? `It could not be deleted: ${end.dead.reason}. ${end.dead.detail ?? ''}` : `It was not deleted: ${end.status}.`);
  } catch (error) {
    outcome.textContent = '';
    outcome.after(problem(error));
  }
}

function gone(article, content, sentence) {
  const heading = h('h2', { tabindex: -1 }, sentence);
  article.replaceChildren(heading, h('p', {}, content.title ?? content.id), back(content.collection));
  heading.focus();
}
