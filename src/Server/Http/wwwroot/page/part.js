// A passage or picture that was found by itself, with the document it stands in.
import { freshId, h, number } from './dom.js';
import { Pictures } from './hit.js';
import { viewUrl } from './routes.js';

/** @param place 1 for the first. */
export function partCard(part, place) {
  const title = freshId('part');
  return h('article', { class: 'card hit', 'aria-labelledby': title },
    h('h3', { id: title }, h('span', { class: 'place' }, `${place}`), h('a', { href: viewUrl('documents', { id: part.id }), dir: 'auto' }, part.title ?? part.id)),
    h('p', { class: 'soft where' }, part.title ? `${part.id} · ` : '', part.collection, ` · part ${part.part + 1}`,
      part.similarity === undefined || part.similarity === null ? '' : ` · cosine ${number(part.similarity, 2)}`),
    h('div', { class: 'reading' }, part.type === 'text'
      ? part.text && h('p', { dir: 'auto' }, part.text)
      : new Pictures(part.id).show({ documentPart: part.part, alt: part.alt }, 'thumb')));
}
