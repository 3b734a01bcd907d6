// Lists the routes of the OpenAPI document.
const routes = document.getElementById('routes');

function element(tag, text) {
  const node = document.createElement(tag);
  node.textContent = text;
  return node;
}

try {
  const api = await (await fetch('/openapi/v1.json')).json();
  for (const [path, methods] of Object.entries(api.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const section = document.createElement('section');
      section.append(element('h2', `${method.toUpperCase()} ${path}`), element('p', operation.summary ?? ''));
      const list = document.createElement('ul');
      for (const [status, response] of Object.entries(operation.responses ?? {})) {
        const types = Object.keys(response.content ?? {}).join(', ');
        list.append(element('li', `${status} ${response.description ?? ''} ${types}`));
      }
      section.append(list);
      routes.append(section);
    }
  }
} catch (error) {
  routes.append(element('p', `The OpenAPI document can't be read: ${error.message}`));
}
