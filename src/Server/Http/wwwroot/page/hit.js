// A document that was found: its title, what matched in reading order, and why it stands where it stands.
import { freshId, h, number, plural } from './dom.js';
import { alignment } from './alignment.js';
import { storedPicture } from './pictures.js';
import { address, json } from './server.js';
import { viewUrl } from './routes.js';

const Lists = [
  ['part', 'Nearest part', 'the part that is most like a part of the question'],
  ['document', 'Whole document', 'how alike document and question are as a whole'],
  ['text', 'Full text', 'the words of the question in the document'],
  ['picture', 'Same picture', 'it holds a picture of the question'],
  ['alignment', 'Alignment', 'how well the parts follow those of the question, in order'],
];

/** @param place 1 for the first. @param question The parts that were sent, to draw them; none where a stored document was asked with. */
export function hitCard(hit, place, question) {
  const title = freshId('hit');
  const pictures = new Pictures(hit.id);
  const seen = new Map();
  for (const match of hit.matches) {
    const key = `${match.documentPart} ${match.text ?? ''}`;
    if (!seen.has(key)) seen.set(key, match);
  }
  const parts = [...seen.values()].sort((a, b) => a.documentPart - b.documentPart);
  const why = h('details', {}, h('summary', {}, 'Why it was found'));
  why.addEventListener('toggle', () => {
    if (why.open && why.children.length === 1) why.append(...explain(hit, question, pictures));
  });
  return h('article', { class: 'card hit', id: `evidence-${place}`, tabindex: -1, 'aria-labelledby': title },
    h('h3', { id: title }, h('span', { class: 'place' }, `${place}`), h('a', { href: viewUrl('documents', { id: hit.id }), dir: 'auto' }, hit.title ?? hit.id)),
    h('p', { class: 'soft where' }, hit.title ? `${hit.id} · ` : '', hit.collection),
    h('div', { class: 'reading' }, parts.map(match => match.text === undefined
      ? pictures.show(match, 'thumb')
      : match.text && h('p', { dir: 'auto' }, match.text))),
    h('p', { class: 'more' }, h('a', { href: viewUrl('search', { like: hit.id }), 'aria-label': `More like this: ${hit.title ?? hit.id}` }, 'More like this')),
    why);
}

function explain(hit, question, pictures) {
  const rows = Lists.map(([key, name, meaning]) => h('tr', {},
    h('th', { scope: 'row' }, name, h('span', { class: 'soft' }, ` ${meaning}`)), h('td', { class: 'figure' }, hit.ranks[key] ? `${hit.ranks[key]}.` : '–')));
  return [
    hit.matches.length ? alignment(question, hit.matches, match => pictures.show(match)) : h('p', { class: 'soft' }, 'No part of it met a part of the question: it was found by its words alone.'),
    h('table', { class: 'ranks' },
      h('caption', {}, 'Its place in each list'),
      h('tbody', {}, rows)),
    h('p', { class: 'soft' }, `Score ${number(hit.score, 4)}: each place counts weight / (60 + place), and the sum orders the results. ${hit.alignment === undefined ? 'It was not aligned.' : `Alignment ${number(hit.alignment, 3)} (log K per step; higher is more alike).`} Version ${hit.version}.`),
  ];
}

/** The pictures of a document: a match says which part it is, the document says which file. Asked for once, when one is to be shown. */
export class Pictures {
  #id;
  #document = null;

  constructor(id) {
    this.#id = id;
  }

  show(match, className) {
    const place = h('span', { class: 'frame' });
    this.#document ??= json(address(`/v1/documents/${encodeURIComponent(this.#id)}`));
    this.#document.then(
      ({ document }) => {
        const part = document.parts[match.documentPart];
        place.replaceChildren(part?.blob ? storedPicture(part.blob, match.alt ?? part.alt, className) : 'The document has changed since.');
      },
      () => place.replaceChildren(match.alt ?? 'Picture'));
    return place;
  }
}

export const found = hits => hits.length ? plural(hits.length, 'document') : 'Nothing was found';
