// Speaks and transcribes through the official client for Node, the Vercel AI SDK and a generated client, at $BASE.
import assert from "node:assert";
import { createOpenAI } from "@ai-sdk/openai";
import * as vercel from "ai";
import OpenAI, { toFile } from "openai";
import createClient from "openapi-fetch";

const base = process.env.BASE;
const text = "The ferry leaves the harbor at noon.";
const runtime = `Node ${process.versions.node}`;

function check(name, heard) {
  assert.match(heard, /ferry leaves the harb.*noon/i, name);
  console.log(`${name} (${runtime}): "${heard.trim()}"`);
}

const openai = new OpenAI({ baseURL: `${base}/v1`, apiKey: "none" });
const answer = await openai.audio.speech.create({ model: "gpt-4o-mini-tts", voice: "alloy", input: text });
const sound = Buffer.from(await answer.arrayBuffer());
const file = await toFile(sound, "speech.mp3");
check("openai", (await openai.audio.transcriptions.create({ file, model: "gpt-4o-transcribe" })).text);

const ai = createOpenAI({ baseURL: `${base}/v1`, apiKey: "none" });
const generateSpeech = vercel.generateSpeech ?? vercel.experimental_generateSpeech; // its name in older versions
const transcribe = vercel.transcribe ?? vercel.experimental_transcribe;
const { audio } = await generateSpeech({ model: ai.speech("tts-1"), voice: "nova", text });
const { text: heard } = await transcribe({ model: ai.transcription("whisper-1"), audio: audio.uint8Array });
check("ai", heard);

const generated = createClient({ baseUrl: base });
const body = { model: "tts-1", voice: "alloy", input: text, response_format: "mp3" };
const { data } = await generated.POST("/v1/audio/speech", { body, parseAs: "arrayBuffer" });
const again = await toFile(Buffer.from(data), "speech.mp3");
check("openapi-fetch", (await openai.audio.transcriptions.create({ file: again, model: "whisper-1" })).text);

const session = { session_id: (await generated.POST("/v1/sessions")).data.id };
const wait = { params: { path: session }, headers: { Prefer: "wait" } };
await generated.POST("/v1/sessions/{session_id}/takes", { ...wait, body: { voice: "alloy" } });
const steps = [{ task: "clone", text }];
const made = await generated.POST("/v1/sessions/{session_id}/takes", { ...wait, body: { steps } });
assert.equal(made.response.status, 201, JSON.stringify(made.error));
const path = { ...session, take_id: made.data.id };
const spoken = await generated.GET("/v1/sessions/{session_id}/takes/{take_id}/transcript", { params: { path } });
check("openapi-fetch, a take of a session", spoken.data.text);
