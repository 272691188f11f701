// A program against the generated types: speech, a session with a take, and a chain of edits. It only has to compile;
// speak.mjs makes such calls.
import createClient from "openapi-fetch";
import type { paths } from "./api.js";

const client = createClient<paths>({ baseUrl: "http://127.0.0.1:7860" });

export async function spoken(input: string): Promise<Blob> {
  const { data, error } = await client.POST("/v1/audio/speech", { body: { model: "tts-1", input }, parseAs: "blob" });
  if (error) throw new Error(error.error.message);
  return data;
}

export async function happier(voice: string): Promise<string> {
  const session = await client.POST("/v1/sessions");
  if (!session.data) throw new Error(session.error.error.message);
  const path = { session_id: session.data.id };
  await client.POST("/v1/sessions/{session_id}/takes", { params: { path }, body: { voice } });
  const steps = [{ task: "emotion", info: "happy" }];
  const { data: take } = await client.POST("/v1/sessions/{session_id}/takes", { params: { path }, body: { steps } });
  if (!take || typeof take === "string") throw new Error("no take");
  return "data" in take ? take.data[0].id : take.id;
}

export async function edited(voice: string): Promise<Blob> {
  const body = { voice, steps: [{ task: "speed", info: "faster" }] };
  const { data, error } = await client.POST("/v1/audio/edits", { body, parseAs: "blob" });
  if (error) throw new Error(error.error.message);
  return data;
}
