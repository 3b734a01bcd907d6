// Pictures of a question that the server does not take as they are.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

export async function reduced({ page, front }, at, picture) {
  const replies = [];
  page.on("response", (reply) => reply.url().endsWith("/v1/search") && replies.push(reply));
  const ask = async (file, refusal) => {
    await page.goto(front.origin + at());
    replies.length = 0;
    await page.getByLabel("Add picture").setInputFiles(file);
    await page.getByRole("img", { name: file.name }).waitFor();
    await page.getByRole("button", { name: "Search", exact: true }).click();
    await page.getByText("The server does not take these pictures as they are.").waitFor();
    await page.locator("article.hit").first().waitFor();
    assert.deepEqual(replies.map((reply) => reply.status()), [refusal, 200]);
    // A JPEG's first bytes.
    assert.match(replies[1].request().postDataJSON().parts[0].data, /^\/9j\//);
  };
  await ask({ name: "moving.webp", mimeType: "image/webp", buffer: await readFile(picture("moving.webp")) }, 400);
  await ask({ name: "heavy.png", mimeType: "image/png", buffer: Buffer.concat([await readFile(picture("mill.png")), Buffer.alloc(2 << 20)]) }, 413);

  // What smaller pictures can't mend is told as it is, and asked once.
  front.refuse();
  replies.length = 0;
  await page.getByRole("button", { name: "Search", exact: true }).click();
  await page.getByRole("alert").getByText("The tenant is unknown.").waitFor();
  assert.deepEqual(replies.map((reply) => reply.status()), [400]);
}
