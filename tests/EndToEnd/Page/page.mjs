// Uses the page of a node as people do, in a real browser. Ends with status 1 and the reason where the page does not do what it should.
//   node page.mjs SCENARIO FOLDER_OF_THE_BROWSER_PACKAGES ORIGIN TENANT FOLDER_OF_PICTURES [KEY OF THE TENANT]
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { fronts } from "./fronts.mjs";
import { reduced } from "./reduced.mjs";
import { Limit, accessible, fits, focused, open, tabTo, until } from "./harness.mjs";

const [scenario, folder, origin, tenant, pictures, tenantKey] = process.argv.slice(2);
const picture = (name) => path.join(pictures, name);
const at = (query = "") => `/?${query}${query ? "&" : ""}tenant=${tenant}`;
const question = (page) => page.getByRole("textbox", { name: "What are you looking for?" }).first();
const hits = (page) => page.locator("article.hit");
const titles = (page) => page.locator("article.hit h3 a").allTextContents();
const pictureChooser = (page) => page.getByLabel("Add picture");
const sent = (page, url) => page.waitForRequest((request) => request.url().endsWith(url) && request.method() === "POST");

const scenarios = {
  async words({ page }) {
    await page.goto(at());
    assert.match(await focused(page), /textarea/);
    await question(page).fill("windmill grinds");
    await page.keyboard.press("Enter");
    await hits(page).first().waitFor();
    assert.equal((await titles(page))[0], "The mill");
    assert.equal(new URL(page.url()).searchParams.get("q"), "windmill grinds");
    await hits(page).first().getByText("The windmill grinds corn.").waitFor();
    await page.getByText(/^\d documents in [\d,]+ ms$/).first().waitFor();

    // Why it was found: drawn, and the same in words.
    await hits(page).first().getByText("Why it was found").click();
    const drawing = hits(page).first().getByRole("img", { name: /^Lines between the parts that met: part 1 of the question with part 1 of the document, cosine/ });
    await drawing.waitFor();
    const rows = hits(page).first().locator(".alignment tbody tr");
    assert.equal(await drawing.locator("path").count(), await rows.count());
    const widths = await drawing.locator("path").evaluateAll((lines) => lines.map((line) => Number(line.getAttribute("stroke-width"))));
    const cosines = (await rows.locator("td:last-child").allTextContents()).map(Number);
    for (let i = 1; i < widths.length; i++) assert.ok((widths[i] - widths[i - 1]) * (cosines[i] - cosines[i - 1]) >= 0, `${widths} ${cosines}`);
    await hits(page).first().getByRole("row", { name: /Full text/ }).getByText("1.").waitFor();

    // The address is the question: it is found again in a new tab, and on the way back.
    const again = await page.context().newPage();
    await again.goto(page.url());
    await hits(again).first().waitFor();
    assert.deepEqual(await titles(again), await titles(page));
    await question(page).fill("lighthouse keeper");
    await page.getByRole("button", { name: "Search", exact: true }).click();
    await page.waitForURL(/q=lighthouse/);
    await page.locator("article.hit h3 a").first().getByText("Only words").waitFor();
    await page.goBack();
    await page.locator("article.hit h3 a").first().getByText("The mill").waitFor();
    assert.equal(await question(page).inputValue(), "windmill grinds");
  },

  async narrowing({ page }) {
    await page.goto(at());
    await page.getByText("Filter", { exact: true }).click();
    await page.getByLabel("Metadata").fill('kind = "sea"');
    await question(page).fill("lighthouse windmill");
    let request = sent(page, "/v1/search");
    await page.getByRole("button", { name: "Search", exact: true }).click();
    assert.equal((await request).postDataJSON().filter, 'kind = "sea"');
    await hits(page).first().waitFor();
    assert.deepEqual(await titles(page), ["The harbour"]);

    // Kept in the address; what is wrong with a filter is said where it is asked.
    await page.reload();
    await hits(page).first().waitFor();
    assert.equal(await page.getByLabel("Metadata").inputValue(), 'kind = "sea"');
    await page.getByLabel("Metadata").fill("kind = sea");
    await page.getByRole("button", { name: "Search", exact: true }).click();
    await page.getByRole("alert").getByText(/filter/).waitFor();

    // Times: the harbour has one, the others none.
    await page.getByLabel("Metadata").fill("");
    await page.getByLabel("From").fill("2026-01-01");
    await page.getByLabel("Before").fill("2026-02-01");
    await page.getByRole("button", { name: "Search", exact: true }).click();
    await page.waitForURL(/from=2026-01-01.*to=2026-02-01/);
    await hits(page).first().waitFor();
    assert.deepEqual(await titles(page), ["The harbour"]);

    // Parts by themselves, pictures among them.
    await page.getByLabel("From").fill("");
    await page.getByLabel("Before").fill("");
    await page.getByLabel("Look for").selectOption("Passages and pictures");
    await page.getByRole("button", { name: "Search", exact: true }).click();
    await page.getByText(/^\d parts in [\d,]+ ms$/).first().waitFor();
    await hits(page).getByText("The windmill grinds corn.").waitFor();
    const sign = hits(page).getByRole("img", { name: "The mill's sign" });
    await page.waitForFunction((node) => node.naturalWidth > 0, await sign.elementHandle());

    // More like one of them.
    await page.getByLabel("Look for").selectOption("Documents");
    request = sent(page, "/v1/search");
    await page.getByRole("button", { name: "Search", exact: true }).click();
    // That of the next click must not be taken for this one.
    await request;
    await page.getByRole("link", { name: "More like this: The harbour" }).waitFor();
    request = sent(page, "/v1/search");
    await page.getByRole("link", { name: "More like this: The harbour" }).focus();
    await page.keyboard.press("Enter");
    assert.equal((await request).postDataJSON().like, "harbour");
    // The link is gone: the next Tab begins where the view does.
    assert.match(await focused(page), /^h1 Search/);
    await page.getByText(/^2 documents like harbour in/).first().waitFor();
    assert.ok(!(await titles(page)).includes("The harbour"));

    // It is narrowed as a question is, with no words of its own; Enter in a field searches.
    request = sent(page, "/v1/search");
    await page.getByLabel("Metadata").fill("not exists kind");
    await page.keyboard.press("Enter");
    const { like, filter } = (await request).postDataJSON();
    assert.deepEqual([like, filter], ["harbour", "not exists kind"]);
    await page.waitForURL(/like=harbour.*filter=not/);
    await page.getByText(/^2 documents like harbour in/).first().waitFor();
    await hits(page).first().getByText("Why it was found").click();
    await hits(page).first().getByRole("row", { name: /Alignment/ }).waitFor();
  },

  async addresses({ page }) {
    // What fits no field of the page is asked with and shown all the same, or refused aloud.
    let request = sent(page, "/v1/search");
    await page.goto(at("q=lighthouse&from=2026-01-10T12:00:00Z&to=2026-02-01&k=100"));
    const { from, to, k } = (await request).postDataJSON();
    assert.deepEqual([from, to, k], ["2026-01-10T12:00:00Z", "2026-02-01", 100]);
    await hits(page).first().waitFor();
    assert.deepEqual(await titles(page), ["The harbour"]);
    assert.equal(await page.getByLabel("From").inputValue(), "2026-01-10T12:00:00Z");
    assert.equal(await page.locator("#hits").inputValue(), "100");
    request = sent(page, "/v1/search");
    await page.getByRole("button", { name: "Search", exact: true }).click();
    assert.equal((await request).postDataJSON().from, "2026-01-10T12:00:00Z");
    await page.goto(at("q=lighthouse&mode=sideways"));
    await page.getByRole("alert").getByText(/sideways/).waitFor();

    // A question from before a reload is not taken for one of after it.
    await page.goto(at());
    const ask = async (words, title) => {
      await question(page).fill(words);
      await page.keyboard.press("Enter");
      await page.locator("article.hit h3 a").first().getByText(title).waitFor();
    };
    await ask("windmill grinds", "The mill");
    await page.reload();
    await hits(page).first().waitFor();
    await ask("lighthouse keeper", "Only words");
    await page.goBack();
    await page.locator("article.hit h3 a").first().getByText("The mill").waitFor();
    assert.equal(await question(page).inputValue(), "windmill grinds");

    // Words that a request's line has no room for stay out of it, and the page says so where they are missed.
    await question(page).fill("слово ".repeat(400));
    request = sent(page, "/v1/search");
    await page.keyboard.press("Enter");
    assert.equal((await request).postDataJSON().parts[0].text.length, 2399);
    await page.waitForURL(/long=1/);
    await page.reload();
    await page.getByText("This question has more words than an address can hold").waitFor();
  },

  async pictures({ page }) {
    await page.goto(at());
    await pictureChooser(page).setInputFiles(picture("mill.png"));
    await page.getByRole("img", { name: "mill.png" }).waitFor();
    await page.getByRole("button", { name: "Search", exact: true }).click();
    await hits(page).first().waitFor();
    assert.equal((await titles(page))[0], "The mill");
    const thumbnail = hits(page).first().getByRole("img", { name: "The mill's sign" }).first();
    await page.waitForFunction((node) => node.naturalWidth > 0, await thumbnail.elementHandle());

    // A question of several parts is sent in the order that is shown, after it was changed too.
    await question(page).fill("lighthouse");
    const order = async () => (await (await request).postDataJSON()).parts.map((part) => part.type);
    let request = sent(page, "/v1/search");
    await page.keyboard.press("Enter");
    assert.deepEqual(await order(), ["text", "image"]);
    await page.getByRole("button", { name: "Up: part 2" }).click();
    assert.match(await focused(page), /Down: part 1/);
    request = sent(page, "/v1/search");
    await page.getByRole("button", { name: "Search", exact: true }).click();
    assert.deepEqual(await order(), ["image", "text"]);
    await page.getByRole("button", { name: "Remove: part 1" }).click();
    assert.match(await focused(page), /textarea/);

    // As it is, however many pixels it has: scaled it would be another picture. A file that is too large for a question is scaled down here.
    const large = await readFile(picture("large.png"));
    await pictureChooser(page).setInputFiles([
      { name: "large.png", mimeType: "image/png", buffer: large }, { name: "heavy.png", mimeType: "image/png", buffer: Buffer.concat([large, Buffer.alloc(4 << 20)]) },
    ]);
    await page.getByRole("img", { name: "heavy.png" }).waitFor();
    request = sent(page, "/v1/search");
    await page.getByRole("button", { name: "Search", exact: true }).click();
    const body = (await request).postDataJSON();
    assert.equal(body.parts[1].data, large.toString("base64"));
    const [width, height] = await page.evaluate(async (data) => {
      const bitmap = await createImageBitmap(new Blob([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))]));
      return [bitmap.width, bitmap.height];
    }, body.parts[2].data);
    assert.deepEqual([width, height], [1024, 1024]);

    // Alone, its address says that a picture is missing.
    const again = await page.context().newPage();
    await again.goto(page.url());
    await again.getByText("This question had a picture").waitFor();

    // What is no picture is refused where it was chosen.
    await pictureChooser(page).setInputFiles({ name: "broken.png", mimeType: "image/png", buffer: Buffer.from("no picture") });
    await page.getByRole("alert").getByText("broken.png can't be read as a picture.").waitFor();
  },

  reduced: (opened) => reduced(opened, at, picture),

  async pasting({ page }) {
    await page.goto(at());
    const mill = [...await readFile(picture("mill.png"))];
    await question(page).focus();
    const give = (type, target, name, { mimeType = "image/png", bytes = mill, words = null } = {}) => page.evaluate(([type, target, name, mimeType, words, bytes]) => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(bytes)], name, { type: mimeType }));
      if (words) data.setData("text/plain", words);
      const happened = type === "paste" ? new ClipboardEvent(type, { clipboardData: data, bubbles: true, cancelable: true }) : new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true });
      document.querySelector(target).dispatchEvent(happened);
    }, [type, target, name, mimeType, words, bytes]);
    // Words for a field stay the field's, though their picture comes with them.
    await give("paste", "#filter", "cells.png", { words: "year = 2020" });
    for (const [type, target, name] of [["paste", "textarea", "text.png"], ["paste", ".toolbar button", "button.png"], ["drop", ".view.search", "drop.png"]]) {
      await give(type, target, name);
      await page.getByRole("img", { name }).waitFor();
    }
    // What is no picture is not passed over in silence.
    await give("drop", ".view.search", "report.pdf", { mimeType: "application/pdf", bytes: [...Buffer.from("%PDF-1.7")] });
    await page.getByRole("alert").getByText("report.pdf can't be read as a picture.").waitFor();
    const request = sent(page, "/v1/search");
    await page.getByRole("button", { name: "Search", exact: true }).click();
    assert.deepEqual((await request).postDataJSON().parts.map((part) => part.type), ["image", "image", "image"]);
    await hits(page).first().waitFor();
    assert.equal((await titles(page))[0], "The mill");
  },

  async answer({ page }) {
    await page.goto(at());
    await question(page).fill("What does the windmill do?");
    await page.keyboard.press("Control+Enter");
    await page.getByRole("heading", { name: "Evidence" }).waitFor();
    assert.ok(await hits(page).count() > 0);
    await page.locator(".answer:not([aria-busy])").waitFor({ state: "attached" });
    assert.match(await page.locator(".outcome").textContent(), /^(Complete|Not in the documents|The answer was cut off)/);
    assert.match(page.url(), /do=answer/);
  },

  async citations({ page, front }) {
    await page.goto(front.origin + at("q=windmill&do=answer"));
    await page.getByText("The windmill grinds corn [1], they say [2, 3]").waitFor();
    // It is still being written.
    assert.equal(await page.locator(".answer").getAttribute("aria-busy"), "true");
    assert.equal(await page.locator(".answer").textContent(), "The windmill grinds corn [1], they say [2, 3]");
    await page.getByRole("link", { name: "Evidence 1: The mill" }).click();
    assert.match(await focused(page), /^article#evidence-1/);
    // Of several in one bracket each leads to its own.
    await page.getByRole("link", { name: /^Evidence 3: / }).click();
    assert.match(await focused(page), /^article#evidence-3/);
    assert.deepEqual(await page.locator(".answer a").allTextContents(), ["[1]", "2", "3"]);
    await page.getByRole("button", { name: "Stop" }).click();
    await until(front.left, "the end of the request");
    await page.getByText("Stopped.").first().waitFor();
    assert.equal(await page.locator(".answer").textContent(), "The windmill grinds corn [1], they say [2, 3]");
    assert.equal(await page.getByRole("button", { name: "Stop" }).count(), 0);
    assert.match(await focused(page), /textarea/);

    await question(page).fill("refuse");
    await page.getByRole("button", { name: "Answer" }).click();
    await page.locator(".missing .outcome").getByText("Not in the documents.").waitFor();
    await question(page).fill("break");
    await page.getByRole("button", { name: "Answer" }).click();
    await page.getByRole("alert").getByText("It broke.").waitFor();
    await page.getByText("So far so").waitFor();
  },

  async keyboard({ page }) {
    await page.goto(at("view=ingestion"));
    await page.keyboard.press("Tab");
    assert.match(await focused(page), /Skip to the content/);
    await page.keyboard.press("Enter");
    assert.match(await focused(page), /main#main/);
    await tabTo(page, page.getByRole("link", { name: "Search" }), "Shift+Tab");
    await page.keyboard.press("Enter");
    assert.match(await focused(page), /^h1 Search/);
    await tabTo(page, question(page));
    await page.keyboard.type("windmill");
    await page.keyboard.press("Enter");
    await hits(page).first().waitFor();
    await tabTo(page, hits(page).first().locator("summary"));
    await page.keyboard.press("Space");
    await hits(page).first().locator(".alignment").waitFor();
    await tabTo(page, hits(page).first().locator("h3 a"), "Shift+Tab");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "The mill", level: 2 }).waitFor();
    await page.waitForFunction(() => document.activeElement.tagName === "H2");
    await tabTo(page, page.getByRole("button", { name: "Delete …" }));
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "Delete this document?" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    assert.match(await focused(page), /button Delete …/);
    await page.keyboard.press("Enter");
    await tabTo(page, page.getByRole("dialog").getByRole("button", { name: "Delete", exact: true }));
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Deleted." }).waitFor();
    assert.match(await focused(page), /^h2 Deleted\./);
  },

  async hostile({ page, faults }) {
    const title = "<script>globalThis.hacked = 1</script><b>bold</b>";
    const text = "<img src=x onerror='globalThis.hacked = 2'> javascript:alert(1) </textarea><svg onload=alert(1)> trojan";
    const clean = async () => {
      assert.equal(await page.evaluate(() => globalThis.hacked), undefined);
      assert.equal(await page.locator("main b, main script, main img[src=x], main svg[onload]").count(), 0);
    };
    await page.goto(at("q=trojan"));
    await hits(page).first().waitFor();
    assert.equal((await titles(page))[0], title);
    await hits(page).first().getByText("onerror='globalThis.hacked = 2'").first().waitFor();
    await hits(page).first().getByText("Why it was found").click();
    await hits(page).first().locator(".alignment").waitFor();
    await clean();
    await page.getByRole("link", { name: title, exact: true }).click();
    await page.getByRole("heading", { name: title }).waitFor();
    await page.getByText(text).waitFor();
    await page.getByText("Metadata").click();
    await clean();
    await page.goto(at("view=documents"));
    await page.getByRole("link", { name: title }).waitFor();
    await clean();
    await page.goto(at("view=ingestion"));
    await page.locator(".letter summary").first().click();
    await page.locator(".letter pre").getByText("<img src=x").waitFor();
    await clean();
    assert.deepEqual(faults, []);
    // Were a script of ours to try, the policy would not let it, and says so.
    const told = page.waitForEvent("console", (line) => /TrustedHTML/.test(line.text()));
    assert.equal(await page.evaluate(() => {
      try {
        document.createElement("p").innerHTML = "<i>x</i>";
        return "let";
      } catch (error) {
        return error.name;
      }
    }), "TypeError");
    await told;
    faults.length = 0;
  },

  async letters({ page }) {
    await page.goto(at("view=ingestion"));
    await page.locator(".letter").first().waitFor();
    assert.equal(await page.locator(".letter").count(), 2);
    const broken = page.locator(".letter", { hasText: "broken" });
    const waiting = page.locator(".letter", { hasText: "waits" });
    await broken.locator("summary").click();
    await broken.locator(".errors li").first().waitFor();
    await broken.getByRole("button", { name: "Drop …" }).click();
    await page.getByRole("dialog", { name: "Drop this dead letter?" }).getByRole("button", { name: "Cancel" }).click();
    assert.equal(await broken.count(), 1);
    await broken.getByRole("button", { name: "Drop …" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Drop" }).click();
    await broken.waitFor({ state: "detached" });
    assert.match(await focused(page), /summary waits/);

    // Its picture is there now.
    await waiting.locator("summary").click();
    await waiting.getByRole("button", { name: "Replay" }).click();
    await page.getByText(/^Number \d+ is ingested again/).first().waitFor();
    assert.equal(await page.locator(".letter").count(), 0);
    await page.reload();
    await page.getByText("None: all that came could be ingested").waitFor();
  },

  async documents({ page, front }) {
    const retry = page.getByRole("button", { name: "Try again" });
    front.fail(true);
    await page.goto(at("view=documents"));
    await page.getByRole("alert").getByText("The store is away.").waitFor();
    front.fail(false);
    await retry.click();
    await page.getByText("No documents here.").waitFor();
    assert.equal(await page.getByRole("alert").count(), 0);
    await page.getByRole("link", { name: "books" }).click();
    await page.locator(".rows li").first().waitFor();
    assert.equal(await page.locator(".rows li").count(), 50);
    front.fail(true);
    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("alert").getByText("The store is away.").waitFor();
    await retry.waitFor();
    assert.match(await focused(page), /^button Try again/);
    front.fail(false);
    await retry.click();
    await page.locator(".rows li").nth(52).waitFor();
    assert.match(await focused(page), /^a d50/);
    assert.equal(await page.getByRole("alert").count(), 0);
    await page.getByLabel("Ids that begin with").fill("signed/");
    await page.getByRole("button", { name: "Show", exact: true }).click();
    await page.waitForURL(/prefix=signed/);
    assert.match(await focused(page), /^button Show/);
    await page.getByRole("link", { name: "The sign" }).waitFor();
    assert.equal(await page.locator(".rows li").count(), 1);
    await page.getByRole("link", { name: "The sign" }).click();
    const article = page.getByRole("article", { name: "The sign" });
    await article.waitFor();
    assert.deepEqual(await article.locator(".reading").evaluate((node) => [...node.children].map((part) => part.tagName)), ["P", "FIGURE", "P"]);
    const shown = article.getByRole("img", { name: "A disc" });
    await page.waitForFunction((node) => node.naturalWidth === 96, await shown.elementHandle());
    await page.getByRole("link", { name: "All of books" }).focus();
    await page.keyboard.press("Enter");
    await page.waitForURL((url) => !url.searchParams.has("id"));
    assert.match(await focused(page), /^h1 Documents/);
    await page.goBack();
    // It has a version of its own, so its delete needs a higher one. What becomes of it can't be asked for at first.
    await article.getByRole("button", { name: "Delete …" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete", exact: true }).click();
    await page.getByRole("heading", { name: "Deleted." }).waitFor();

    await page.goto(at("view=documents&id=d00"));
    await page.getByRole("button", { name: "Delete …" }).click();
    await page.getByRole("checkbox", { name: /^Erase it everywhere/ }).check();
    await page.getByRole("dialog").getByRole("button", { name: "Delete", exact: true }).click();
    await page.getByRole("heading", { name: "Erased." }).waitFor();
    await page.reload();
    await page.getByRole("alert").getByText("The tenant has no document of this id.").waitFor();
  },

  async pushing({ page }) {
    await page.goto(at("view=documents"));
    await page.getByRole("link", { name: "Push a document" }).click();
    await page.getByLabel("Id", { exact: true }).fill("written/here");
    await page.getByLabel("Title (optional)").fill("Written here");
    await page.getByRole("textbox", { name: "Text", exact: true }).fill("Words of the page.");
    await page.getByLabel("Add picture").setInputFiles(picture("large.png"));
    await page.getByLabel("What it shows").fill("A large sign");
    await page.getByRole("button", { name: "Push", exact: true }).click();
    // What becomes of it can't be asked for at first: it is asked for again.
    await page.getByText("is stored and can be found", { exact: true }).waitFor();
    await page.getByRole("link", { name: "written/here" }).click();
    const shown = page.getByRole("img", { name: "A large sign" });
    await shown.waitFor();
    // As it is, not as a question would have it.
    await page.waitForFunction((node) => node.naturalWidth === 1500, await shown.elementHandle());

    await page.goBack();
    // What names no tenant is of the page's.
    await page.getByLabel("Push JSON files").setInputFiles([
      { name: "one.json", mimeType: "application/json", buffer: Buffer.from(JSON.stringify({ id: "one", parts: [{ type: "text", text: "One." }] })) },
      { name: "two.jsonl", mimeType: "", buffer: Buffer.from(["two", "three"].map((id) => JSON.stringify({ id, tenant, parts: [{ type: "text", text: id }] })).join("\n")) },
      { name: "bad.json", mimeType: "application/json", buffer: Buffer.from("{\"id\": \"bad\"}") },
    ]);
    for (const id of ["one", "two", "three"]) await page.getByRole("link", { name: id, exact: true }).waitFor();
    await page.getByRole("alert").getByText(/^bad\.json: .*parts/).waitFor();

    // The picture that was pushed is the same when it is asked with.
    await page.goto(at());
    await pictureChooser(page).setInputFiles(picture("large.png"));
    await page.getByRole("img", { name: "large.png" }).waitFor();
    await page.getByRole("button", { name: "Search", exact: true }).click();
    await hits(page).first().waitFor();
    assert.equal((await titles(page))[0], "Written here");
    await hits(page).first().getByText("Why it was found").click();
    await hits(page).first().getByRole("row", { name: /Same picture/ }).getByText("1.", { exact: true }).waitFor();
  },

  async screens({ browser, page, axe }) {
    const views = ["", "q=windmill", "q=windmill&mode=parts&filter=not%20exists%20draft", "q=windmill&do=answer", "view=documents", "view=documents&id=mill", "view=documents&push=1", "view=ingestion"];
    for (const [width, colorScheme] of [[360, "dark"], [1100, "light"], [320, "light"]]) {
      await page.setViewportSize({ width, height: 740 });
      await page.emulateMedia({ colorScheme, reducedMotion: width === 360 ? "reduce" : "no-preference" });
      for (const view of views) {
        const what = `${view || "start"} at ${width} px, ${colorScheme}`;
        await page.goto(at(view));
        if (view.startsWith("q=")) {
          await hits(page).first().waitFor();
          await page.locator(".answer[aria-busy]").waitFor({ state: "detached" });
          if (!view.includes("mode=")) await hits(page).first().locator("summary").click();
        }
        if (view === "view=documents") await page.locator(".rows li").first().waitFor();
        if (view.includes("id=")) await page.getByRole("heading", { level: 2 }).waitFor();
        if (view === "view=ingestion") await page.getByRole("rowheader", { name: "encode" }).waitFor();
        await fits(page, what);
        if (width !== 320) await accessible(page, axe, what);
      }
      const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor.match(/\d+/g).slice(0, 3).map(Number));
      assert.equal(Math.max(...ground) < 60, colorScheme === "dark", `${colorScheme}: ${ground}`);
    }
    await page.goto(at());
    await page.getByRole("button", { name: "API key" }).click();
    await accessible(page, axe, "the dialog");
    await page.goto("/docs");
    await page.getByRole("heading", { name: "POST /v1/search" }).waitFor();
    await page.setViewportSize({ width: 360, height: 740 });
    await fits(page, "the description of the interface");
  },

  async key({ page, front }) {
    await page.goto(front.origin + at("q=windmill"));
    const dialog = page.getByRole("dialog", { name: "API key" });
    await dialog.getByText("The server asks for a key.").waitFor();
    await dialog.getByLabel("Key").fill("wrong");
    await page.keyboard.press("Enter");
    await dialog.getByText("The server does not take this key.").waitFor();
    await dialog.getByLabel("Key").fill("right");
    await page.keyboard.press("Enter");
    await hits(page).first().waitFor();
    await page.getByRole("button", { name: "API key: set" }).waitFor();
    // Pictures come with it as well.
    const thumbnail = hits(page).first().getByRole("img", { name: "The mill's sign" }).first();
    await page.waitForFunction((node) => node.naturalWidth > 0, await thumbnail.elementHandle());
    assert.equal(await page.evaluate(() => localStorage.length + document.cookie.length), 0);
    const other = await page.context().newPage();
    await other.goto(front.origin + at("view=ingestion"));
    await other.getByRole("dialog", { name: "API key" }).getByRole("button", { name: "Cancel" }).click();
  },

  async tenant({ page }) {
    // The key says whose documents they are: the page names no tenant.
    await page.goto("/?q=windmill");
    const dialog = page.getByRole("dialog", { name: "API key" });
    await dialog.getByLabel("Key").fill(tenantKey);
    await page.keyboard.press("Enter");
    await hits(page).first().waitFor();
    assert.deepEqual(await titles(page), ["The mill"]);
    const thumbnail = hits(page).first().getByRole("img", { name: "The mill's sign" }).first();
    await page.waitForFunction((node) => node.naturalWidth > 0, await thumbnail.elementHandle());
    await hits(page).first().locator("h3 a").click();
    await page.getByRole("heading", { name: "The mill", level: 2 }).waitFor();
    await page.getByRole("link", { name: "Ingestion" }).click();
    // All tenants' figures are not a tenant's business, its dead letters are.
    await page.locator(".heading .state").getByText(/key/).waitFor();
    await page.getByText("None: all that came could be ingested").waitFor();
    await page.goto("/?view=documents&tenant=another");
    await page.getByRole("alert").getByText(/tenant/).waitFor();
  },

  async polling({ page, front }) {
    await page.clock.install({ time: 0 });
    await page.goto(front.origin + at("view=ingestion"));
    await page.getByText(/^Up /).waitFor();
    // Later than any machine can be now: there is no way back.
    await page.clock.pauseAt(10 * Limit);
    const asked = (times) => until(() => front.asked() >= times, `question ${times} for the status`);

    // It fails: 2, 4, 8 seconds from one question to the next.
    front.fail(true);
    const told = (seconds) => page.getByText(`Asking again every ${seconds} s.`);
    await until(async () => (await page.clock.runFor(500), told(2).isVisible()), "a status that fails");
    let count = front.asked();
    for (const seconds of [2, 4, 8]) {
      await told(seconds).waitFor();
      // The reply came, and the wait began, some time within the last run of the clock.
      await page.clock.runFor(1000 * seconds - 800);
      assert.equal(front.asked(), count);
      await page.clock.runFor(900);
      await asked(++count);
    }

    await told(16).waitFor();
    front.fail(false);
    await page.clock.runFor(16_000);
    // A reply that takes too long by the machine's own clock is a failure like those before.
    await until(async () => (await page.getByText(/^Up /).isVisible()) || (await page.clock.runFor(1000), false), "a status again");

    // Nobody looks.
    await page.evaluate(() => {
      Object.defineProperty(document, "hidden", { value: true, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    });
    count = front.asked();
    await page.clock.runFor(60_000);
    assert.equal(front.asked(), count);
    await page.evaluate(() => {
      delete document.hidden;
      document.dispatchEvent(new Event("visibilitychange"));
    });
    await page.clock.runFor(100);
    await asked(count + 1);
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByText("Paused").waitFor();
  },
};

const front = await fronts[scenario]?.(origin);
const opened = await open(folder, front?.origin ?? origin);
try {
  await scenarios[scenario]({ ...opened, front });
  assert.deepEqual(opened.faults, []);
} catch (error) {
  console.error(error.stack);
  console.error(opened.faults.join("\n"));
  console.error((await opened.page.locator("body").innerText().catch(() => "")).slice(0, 3000));
  process.exitCode = 1;
} finally {
  await opened.browser.close();
  front?.close();
}
