// Runs one client in whichever runtime this is run, one turn for each line of its input.
import { createRequire } from "node:module";
import process from "node:process";
import { createInterface } from "node:readline";
import { CLIENTS } from "../clients/mod.ts";
import type { Job, Ready, Turn } from "./job.ts";
import { cpuSeconds } from "./resources.ts";

const job: Job & { readonly spawnedAt: number } = JSON.parse(
  process.argv[2] ?? "",
);
const bootMs = Date.now() - job.spawnedAt;
const importedAt = performance.now();
const library = await import(job.library);
const importMs = performance.now() - importedAt;

const parts = {
  job,
  client: CLIENTS[job.client]!,
  library,
  load: createRequire(`${job.modules}/package.json`),
  part: (path: string) => {
    const extension = job.library.slice(-3);
    const file = path.replace(/\.ts$/, extension);
    return import(new URL(file, job.library).href);
  },
};
const task = await openTask();
const ready: Ready = { bootMs, importMs, cpuSeconds: cpuSeconds() };
say(ready);
for await (const line of createInterface({ input: process.stdin })) {
  const turn: Turn = JSON.parse(line);
  say(await task(turn));
}
process.exit(0);

async function openTask(): Promise<(turn: Turn) => unknown> {
  switch (job.task) {
    case "replay":
      return await (await import("./replay.ts")).replay(parts);
    case "follow":
      return (await import("./follow.ts")).follow(parts);
    case "copy":
      return await (await import("./copy.ts")).copy(parts);
    case "latency":
    case "subscriptions":
      return (await import("./stay.ts")).stay(parts);
  }
}

function say(answer: unknown): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
