// The frame: the view that the address names, the tenant and the key.
import { createDocuments } from './documents.js';
import { createIngestion } from './ingestion.js';
import { access, askForKey } from './server.js';
import { createSearch } from './search.js';
import { go, viewUrl } from './routes.js';

const makers = { search: createSearch, documents: createDocuments, ingestion: createIngestion };
const views = {};
const main = document.getElementById('main');
const tenant = document.getElementById('tenant');
const key = document.getElementById('key');
let shown = null;

function route() {
  const parameters = new URLSearchParams(location.search);
  const name = Object.hasOwn(makers, parameters.get('view') ?? '') ? parameters.get('view') : 'search';
  access.tenant = parameters.get('tenant') ?? '';
  tenant.value = access.tenant;
  const view = views[name] ??= makers[name]();
  for (const link of document.querySelectorAll('nav a[data-view]')) {
    link.href = viewUrl(link.dataset.view);
    if (link.dataset.view === name) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  document.title = `${view.title} · UnifiedVlm`;
  const before = shown;
  if (before !== view) {
    before?.hide();
    main.replaceChildren(view.node);
    shown = view;
  }
  const held = document.activeElement;
  view.show(parameters, history.state);
  const heading = view.node.querySelector('h1');
  if (before === null) view.focus?.();
  // Where a new view begins is said by its heading; the first one is said by the page's title.
  else if (before !== view) heading.focus();
  // What had the focus is gone, or was taken out and put back: the next Tab must not begin at the top of the page.
  else if (document.activeElement === document.body && held !== document.body) (held?.isConnected ? held : heading).focus();
}

document.addEventListener('click', event => {
  const link = event.target.closest('a[href]');
  if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  if (link.origin !== location.origin || link.pathname !== '/' || link.hash) return;
  event.preventDefault();
  go(link.href);
});

// A file dropped beside everything would replace the page.
addEventListener('dragover', event => event.preventDefault());
addEventListener('drop', event => event.preventDefault());
addEventListener('popstate', route);
document.addEventListener('route', route);

const showKey = () => { key.textContent = access.hasKey ? 'API key: set' : 'API key'; };
document.addEventListener('access', showKey);
key.addEventListener('click', async () => { if (await askForKey()) route(); });
document.getElementById('access').addEventListener('submit', event => {
  event.preventDefault();
  tenant.blur();
});
tenant.addEventListener('change', () => {
  access.tenant = tenant.value.trim();
  const parameters = new URLSearchParams(location.search);
  // What is open belongs to the other tenant.
  go(viewUrl(parameters.get('view') ?? 'search', parameters.get('id') || parameters.get('letter') ? {} : Object.fromEntries(
    [...new Set(parameters.keys())].filter(name => name !== 'view' && name !== 'tenant').map(name => [name, parameters.getAll(name)]))), history.state);
});

showKey();
route();
