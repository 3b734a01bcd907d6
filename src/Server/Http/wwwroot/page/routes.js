// The address says what is shown, so that it can be kept, sent and gone back to.
import { access } from './server.js';

/** @param parameters Values may be arrays; what is empty is left out. */
export function viewUrl(view, parameters = {}) {
  const query = new URLSearchParams();
  if (view !== 'search') query.set('view', view);
  for (const [name, values] of Object.entries({ ...parameters, tenant: access.tenant })) {
    for (const value of [values].flat()) if (value) query.append(name, value);
  }
  const text = query.toString();
  return text ? `/?${text}` : '/';
}

/** Goes there: the view of the address is shown. */
export function go(url, state = null) {
  // The same question asked again is no second step back.
  history[new URL(url, location).href === location.href ? 'replaceState' : 'pushState'](state, '', url);
  document.dispatchEvent(new Event('route'));
}
