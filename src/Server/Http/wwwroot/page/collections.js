// The field for a collection, with the tenant's names to choose from.
import { freshId, h } from './dom.js';
import { address, json } from './server.js';

/** @param empty What an empty field means. */
export function collectionField(empty = 'all') {
  const id = freshId('collection');
  const list = h('datalist', { id: `${id}-names` });
  // Names are a help: without them the field works all the same.
  const load = () => json(address('/v1/collections'), { quiet: true }).then(names => list.replaceChildren(...names.map(({ name }) => h('option', { value: name }))), () => {});
  const input = h('input', { id, list: list.id, placeholder: empty, autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false', maxlength: 64, onfocus: load });
  return {
    node: h('span', { class: 'field' }, h('label', { for: id }, 'Collection'), input, list),
    input,
    get value() { return input.value.trim(); },
    set value(name) { input.value = name; },
  };
}
