// Makes the pictures of docs/page.md from a node that holds the manual of ./run, while it runs and after deploy/install.sh --for-tests:
//   node tests/EndToEnd/Page/screenshots.mjs build/browser http://127.0.0.1:7077 docs/images build/corpus/gimp-help/usr/share/gimp/2.0/help/en/images
import path from "node:path";
import { open } from "./harness.mjs";

const [folder, origin, target, pictures] = process.argv.slice(2);

async function shot(name, size, query, act, options = {}) {
  const { browser, page } = await open(path.resolve(folder), origin, { viewport: size, reducedMotion: "reduce", ...options });
  await page.goto(`/?${query}`);
  await act(page);
  await page.waitForLoadState("networkidle");
  await page.screenshot({ path: path.join(target, `${name}.png`), animations: "disabled" });
  await browser.close();
}

const explained = async (page) => {
  await page.locator(".hit summary").first().click();
  await page.locator(".alignment").waitFor();
};

await shot("page-search", { width: 1000, height: 1010 }, "", async (page) => {
  await page.getByLabel("Add picture").setInputFiles(path.join(pictures, "toolbox/crop-dialog.png"));
  await page.getByRole("img", { name: "crop-dialog.png" }).waitFor();
  await page.locator("textarea").fill("crop an image to a rectangle");
  await page.getByLabel("Results").selectOption("5");
  await page.keyboard.press("Tab");
  await page.getByRole("button", { name: "Search", exact: true }).click();
  await page.locator(".hit").first().waitFor();
  await explained(page);
});
await shot("page-answer", { width: 1000, height: 620 }, "q=What+does+the+crop+tool+do%3F&do=answer", async (page) => {
  await page.locator(".outcome:not(:empty)").waitFor();
});
await shot("page-ingestion", { width: 1000, height: 1180 }, "view=ingestion", async (page) => {
  // A minute, or what it has of one, of the lines by stage.
  await page.waitForTimeout(20_000);
});
await shot("page-narrow", { width: 360, height: 760 }, "view=documents&id=gimp-concepts-gradients.html", async (page) => {
  await page.locator(".document img").first().waitFor();
}, { colorScheme: "dark" });
