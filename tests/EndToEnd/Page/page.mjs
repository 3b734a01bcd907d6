// Uses the page of a node as people do, in a real browser. Ends with status 1 and the reason where the page does not do what it should.
//   node page.mjs SCENARIO FOLDER_OF_THE_BROWSER_PACKAGES ORIGIN TENANT FOLDER_OF_PICTURES [KEY OF THE TENANT]
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { Limit, accessible, event, fits, focused, inFront, open, tabTo, until } from "./harness.mjs";

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
    await page.getByRole("link", { name: "More like this: The harbour" }).click();
    assert.equal((await request).postDataJSON().like, "harbour");
    await page.getByText(/^2 documents like harbour in/).first().waitFor();
    assert.ok(!(await titles(page)).includes("The harbour"));
    await hits(page).first().getByText("Why it was found").click();
    await hits(page).first().getByRole("row", { name: /Alignment/ }).waitFor();
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

    // What is larger than a question needs is scaled down here.
    await pictureChooser(page).setInputFiles(picture("large.png"));
    await page.getByRole("img", { name: "large.png" }).waitFor();
    request = sent(page, "/v1/search");
    await page.getByRole("button", { name: "Search", exact: true }).click();
    const body = (await request).postDataJSON();
    const [width, height] = await page.evaluate(async (data) => {
      const bitmap = await createImageBitmap(new Blob([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))]));
      return [bitmap.width, bitmap.height];
    }, body.parts[1].data);
    assert.deepEqual([width, height], [1024, 1024]);

    // Alone, its address says that a picture is missing.
    const again = await page.context().newPage();
    await again.goto(page.url());
    await again.getByText("This question had a picture").waitFor();

    // What is no picture is refused where it was chosen.
    await pictureChooser(page).setInputFiles({ name: "broken.png", mimeType: "image/png", buffer: Buffer.from("no picture") });
    await page.getByRole("alert").getByText("broken.png can't be read as a picture.").waitFor();
  },

  async pasting({ page }) {
    await page.goto(at());
    const bytes = [...await readFile(picture("mill.png"))];
    await question(page).focus();
    for (const [type, target] of [["paste", "textarea"], ["drop", ".view.search"]]) {
      await page.evaluate(([type, target, bytes]) => {
        const data = new DataTransfer();
        data.items.add(new File([new Uint8Array(bytes)], `${type}.png`, { type: "image/png" }));
        const happened = type === "paste" ? new ClipboardEvent(type, { clipboardData: data, bubbles: true, cancelable: true }) : new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true });
        document.querySelector(target).dispatchEvent(happened);
      }, [type, target, bytes]);
      await page.getByRole("img", { name: `${type}.png` }).waitFor();
    }
    const request = sent(page, "/v1/search");
    await page.getByRole("button", { name: "Search", exact: true }).click();
    assert.deepEqual((await request).postDataJSON().parts.map((part) => part.type), ["image", "image"]);
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
    await page.getByText("The windmill grinds corn [1], they say").waitFor();
    // It is still being written.
    assert.equal(await page.locator(".answer").getAttribute("aria-busy"), "true");
    assert.equal(await page.locator(".answer").textContent(), "The windmill grinds corn [1], they say");
    await page.getByRole("link", { name: "Evidence 1: The mill" }).click();
    assert.match(await focused(page), /^article#evidence-1/);
    await page.getByRole("button", { name: "Stop" }).click();
    await until(front.left, "the end of the request");
    await page.getByText("Stopped.").first().waitFor();
    assert.equal(await page.locator(".answer").textContent(), "The windmill grinds corn [1], they say");
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

  async documents({ page }) {
    await page.goto(at("view=documents"));
    await page.getByText("No documents here.").waitFor();
    await page.getByRole("link", { name: "books" }).click();
    await page.locator(".rows li").first().waitFor();
    assert.equal(await page.locator(".rows li").count(), 50);
    await page.getByRole("button", { name: "More" }).click();
    await page.locator(".rows li").nth(52).waitFor();
    assert.match(await focused(page), /^a d50/);
    await page.getByLabel("Ids that begin with").fill("signed/");
    await page.getByRole("button", { name: "Show", exact: true }).click();
    await page.waitForURL(/prefix=signed/);
    await page.getByRole("link", { name: "The sign" }).waitFor();
    assert.equal(await page.locator(".rows li").count(), 1);
    await page.getByRole("link", { name: "The sign" }).click();
    const article = page.getByRole("article", { name: "The sign" });
    await article.waitFor();
    assert.deepEqual(await article.locator(".reading").evaluate((node) => [...node.children].map((part) => part.tagName)), ["P", "FIGURE", "P"]);
    const shown = article.getByRole("img", { name: "A disc" });
    await page.waitForFunction((node) => node.naturalWidth === 96, await shown.elementHandle());
    // It has a version of its own, so its delete needs a higher one.
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
    await page.getByText("is stored and can be found", { exact: true }).waitFor();
    await page.getByRole("link", { name: "written/here" }).click();
    const shown = page.getByRole("img", { name: "A large sign" });
    await shown.waitFor();
    // As it is, not as a question would have it.
    await page.waitForFunction((node) => node.naturalWidth === 1500, await shown.elementHandle());

    await page.goBack();
    await page.getByLabel("Push JSON files").setInputFiles([
      { name: "one.json", mimeType: "application/json", buffer: Buffer.from(JSON.stringify({ id: "one", tenant, parts: [{ type: "text", text: "One." }] })) },
      { name: "two.jsonl", mimeType: "", buffer: Buffer.from(["two", "three"].map((id) => JSON.stringify({ id, tenant, parts: [{ type: "text", text: id }] })).join("\n")) },
      { name: "bad.json", mimeType: "application/json", buffer: Buffer.from("{\"id\": \"bad\"}") },
    ]);
    for (const id of ["one", "two", "three"]) await page.getByRole("link", { name: id, exact: true }).waitFor();
    await page.getByRole("alert").getByText(/^bad\.json: .*parts/).waitFor();
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

// What stands in front of the node where a real one does it too rarely, or too quickly.
const fronts = {
  async citations() {
    let left = false;
    const front = await inFront(origin, (request, response) => {
      if (request.url !== "/v1/answer") return false;
      let body = "";
      request.on("data", (piece) => (body += piece));
      request.on("end", async () => {
        const asked = JSON.parse(body);
        const found = await (await fetch(`${origin}/v1/search`, { method: "POST", body: JSON.stringify({ ...asked, k: 3 }) })).json();
        response.writeHead(200, { "Content-Type": "text/event-stream" });
        response.write(event("evidence", found));
        if (asked.parts[0].text === "refuse") {
          response.end(event("token", { text: "The documents do not say." }) + event("done", { text: "The documents do not say.", tokens: 6, reason: "complete" }));
        } else if (asked.parts[0].text === "break") {
          response.end(event("token", { text: "So far so" }) + event("error", { title: "Not available now", detail: "It broke." }));
        } else {
          response.on("close", () => (left = true));
          // An event may come in pieces.
          const token = event("token", { text: "The windmill grinds corn [1]" });
          response.write(token.slice(0, 20));
          setImmediate(() => response.write(token.slice(20) + event("citation", { number: 1, documentId: found.hits[0].id, position: 25 }) + event("token", { text: ", they say" })));
        }
      });
      return true;
    });
    return { ...front, left: () => left };
  },

  key: () => inFront(origin, (request, response) => {
    if (!request.url.startsWith("/v1/") || request.headers.authorization === "Bearer right") return false;
    response.writeHead(401, { "Content-Type": "application/problem+json" }).end(JSON.stringify({ title: "No key", detail: "A key is needed." }));
    return true;
  }),

  async polling() {
    let count = 0;
    let fails = false;
    const front = await inFront(origin, (request, response) => {
      if (request.url !== "/v1/status") return false;
      count++;
      if (fails) response.writeHead(503, { "Content-Type": "application/problem+json" }).end(JSON.stringify({ detail: "The store is away." }));
      return fails;
    });
    return { ...front, asked: () => count, fail: (now) => (fails = now) };
  },
};

const front = await fronts[scenario]?.();
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
