// What stands in front of the node where a real one does it too rarely, or too quickly: by the scenario of page.mjs.
import { event, inFront } from "./harness.mjs";

function unavailable(response) {
  response.writeHead(503, { "Content-Type": "application/problem+json" }).end(JSON.stringify({ detail: "The store is away." }));
  return true;
}

/** The first request for what is below the path fails. */
function failsOnce(path) {
  let failed = false;
  return (request, response) => !failed && request.url.startsWith(path) && (failed = unavailable(response));
}

export const fronts = {
  async citations(origin) {
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
          const [first, rest] = ["The windmill grinds corn [1]", ", they say [2, 3]"];
          const cited = (number, position) => event("citation", { number, documentId: found.hits[number - 1].id, position });
          // An event may come in pieces.
          const token = event("token", { text: first });
          response.write(token.slice(0, 20));
          setImmediate(() => response.write(token.slice(20) + cited(1, 25) + event("token", { text: rest }) + cited(2, 39) + cited(3, 39)));
        }
      });
      return true;
    });
    return { ...front, left: () => left };
  },

  key: (origin) => inFront(origin, (request, response) => {
    if (!request.url.startsWith("/v1/") || request.headers.authorization === "Bearer right") return false;
    response.writeHead(401, { "Content-Type": "application/problem+json" }).end(JSON.stringify({ title: "No key", detail: "A key is needed." }));
    return true;
  }),

  async documents(origin) {
    let fails = false;
    const first = failsOnce("/v1/inbox/");
    const front = await inFront(origin, (request, response) => first(request, response) || (fails && request.url.startsWith("/v1/documents?") && unavailable(response)));
    return { ...front, fail: (now) => (fails = now) };
  },

  /** Like a node that was told to take no request of more than a megabyte. */
  async reduced(origin) {
    let refuses = false;
    const front = await inFront(origin, (request, response) => {
      const large = Number(request.headers["content-length"]) > 1 << 20;
      if (!large && !(refuses && request.url === "/v1/search")) return false;
      const [status, problem] = refuses ? [400, { detail: "The tenant is unknown.", field: "tenant" }] : [413, { detail: "It is too large.", field: "$" }];
      request.resume().on("end", () => response.writeHead(status, { "Content-Type": "application/problem+json" }).end(JSON.stringify(problem)));
      return true;
    });
    return { ...front, refuse: () => (refuses = true) };
  },

  pushing: (origin) => inFront(origin, failsOnce("/v1/inbox/")),

  async polling(origin) {
    let count = 0;
    let fails = false;
    const front = await inFront(origin, (request, response) => {
      if (request.url !== "/v1/status") return false;
      count++;
      return fails && unavailable(response);
    });
    return { ...front, asked: () => count, fail: (now) => (fails = now) };
  },
};
