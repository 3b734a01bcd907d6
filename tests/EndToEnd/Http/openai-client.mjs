// Drives the server with OpenAI's own client, unchanged, and prints what it got as one JSON object.
//   node openai-client.mjs FOLDER_OF_THE_CLIENT BASE_URL MODEL PICTURE_DATA_URL TENANT QUESTIONS_AS_JSON
import { pathToFileURL } from "node:url";

const [folder, baseURL, model, picture, tenant, questions] = process.argv.slice(2);
const { default: OpenAI } = await import(pathToFileURL(`${folder}/index.mjs`));
const client = new OpenAI({ baseURL, apiKey: "none", maxRetries: 0 });
const messages = [
  { role: "system", content: "Answer briefly." },
  { role: "user", content: [{ type: "image_url", image_url: { url: picture } }, { type: "text", text: "What is in the picture?" }] },
];
const failure = async (call) => {
  try {
    await call();
    return null;
  } catch (error) {
    return { name: error.constructor.name, status: error.status, code: error.code, param: error.param };
  }
};

const result = {};
result.models = (await client.models.list()).data.map((m) => m.id);

const chat = await client.chat.completions.create({ model, messages, max_tokens: 12, temperature: 0 });
result.chat = { text: chat.choices[0].message.content, finish: chat.choices[0].finish_reason, tokens: chat.usage.completion_tokens };

const stream = await client.chat.completions.create({ model, messages, max_tokens: 12, temperature: 0, stream: true, stream_options: { include_usage: true } });
result.stream = { text: "", finish: null, tokens: null };
for await (const chunk of stream) {
  result.stream.text += chunk.choices[0]?.delta?.content ?? "";
  result.stream.finish = chunk.choices[0]?.finish_reason ?? result.stream.finish;
  result.stream.tokens = chunk.usage?.completion_tokens ?? result.stream.tokens;
}

// The helper that collects a stream insists on the order and the shape of its events.
const helper = client.chat.completions.stream({ model, messages, max_tokens: 12, temperature: 0 });
result.helper = await helper.finalContent();

// What an answer from documents cites, collected from the stream as it is given whole.
result.cited = [];
for (const question of JSON.parse(questions)) {
  const asked = { model: `${model}:documents`, messages: [{ role: "user", content: question }], tenant };
  const whole = await client.chat.completions.create(asked);
  const stream = await client.chat.completions.stream(asked).finalMessage();
  result.cited.push({ whole: whole.choices[0].message.annotations ?? null, stream: stream.annotations ?? null });
}

const left = await client.chat.completions.create({ model, messages, stream: true });
for await (const chunk of left) {
  left.controller.abort();
  break;
}
result.left = left.controller.signal.aborted;

// Asks for base64 by itself and decodes it.
const embeddings = await client.embeddings.create({ model, input: ["A cat.", "A dog.", "A cat."] });
const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);
const vectors = embeddings.data.map((d) => d.embedding);
result.embeddings = { count: vectors.length, norm: dot(vectors[0], vectors[0]), same: dot(vectors[0], vectors[2]), other: dot(vectors[0], vectors[1]) };

result.failures = [
  await failure(() => client.chat.completions.create({ model: "gpt-4", messages })),
  await failure(() => client.chat.completions.create({ model, messages, n: 2 })),
  await failure(() => client.chat.completions.create({ model, messages, n: 2, stream: true })),
];
console.log(JSON.stringify(result));
