// What the scenarios of page.mjs share: the browser, a server in front of the node for what a real one does too rarely, and checks.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import http from "node:http";
import path from "node:path";
import { pathToFileURL } from "node:url";

/** Long enough for a busy machine: only a broken page reaches it. */
export const Limit = 60_000;

export async function open(folder, origin, options = {}) {
  const { chromium } = await import(pathToFileURL(path.join(folder, "playwright-core", "index.mjs")));
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", timeout: Limit });
  const context = await browser.newContext({ baseURL: origin, viewport: { width: 1100, height: 900 }, ...options });
  context.setDefaultTimeout(Limit);
  const page = await context.newPage();
  const faults = [];
  page.on("pageerror", (error) => faults.push(`error: ${error.stack}`));
  page.on("console", (line) => line.type() === "error" && !/Failed to load resource/.test(line.text()) && faults.push(`console: ${line.text()}`));
  page.on("dialog", (dialog) => (faults.push(`dialog: ${dialog.message()}`), dialog.dismiss()));
  page.on("request", (request) => {
    if (!request.url().startsWith(origin) && !/^(blob|data):/.test(request.url())) faults.push(`a request to ${request.url()}`);
  });
  return { browser, page, faults, axe: path.join(folder, "axe-core", "axe.min.js") };
}

/** Waits for what happens outside the page. */
export async function until(happened, what) {
  for (const end = Date.now() + Limit; !await happened(); await new Promise((resolve) => setTimeout(resolve, 20))) assert.ok(Date.now() < end, `not in time: ${what}`);
}

/**
 * A server that passes everything on to the node, but what `taken(request, response)` takes by returning true.
 * It sees what a page really sends, and holds a stream open for as long as a test needs.
 */
export async function inFront(origin, taken) {
  const server = http.createServer((request, response) => {
    if (taken(request, response)) return;
    const onward = http.request(new URL(request.url, origin), { method: request.method, headers: { ...request.headers, host: new URL(origin).host, "x-forwarded-host": request.headers.host } }, (reply) => {
      response.writeHead(reply.statusCode, reply.headers);
      reply.pipe(response);
    });
    onward.on("error", () => response.destroy());
    response.on("close", () => onward.destroy());
    request.pipe(onward);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { origin: `http://127.0.0.1:${server.address().port}`, close: () => (server.closeAllConnections(), server.close()) };
}

export const event = (name, data) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;

/** The page has no fault that the rules of WCAG 2.2 AA as axe knows them find. */
export async function accessible(page, axe, what) {
  await page.evaluate(await readFile(axe, "utf8"));
  const { violations } = await page.evaluate(() =>
    globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
  assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html + n.failureSummary).join(" | ")}`), [], what);
}

/** Nothing is wider than the screen. */
export async function fits(page, what) {
  const [wide, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(wide <= screen, `${what} is ${wide} px wide on a screen of ${screen}`);
}

/** The element that has the keyboard's focus, in words. */
export const focused = (page) => page.evaluate(() => {
  const node = document.activeElement;
  return `${node.tagName.toLowerCase()}${node.id ? `#${node.id}` : ""} ${(node.getAttribute("aria-label") ?? node.textContent).trim()}`;
});

/** Presses Tab until the element has the focus: what can't be reached so is not there for the keyboard. */
export async function tabTo(page, locator, key = "Tab") {
  for (let i = 0; i < 80; i++) {
    if (await locator.evaluate((node) => node === document.activeElement)) return;
    await page.keyboard.press(key);
  }
  assert.fail(`${locator} can't be reached with ${key}; the focus is at ${await focused(page)}`);
}
