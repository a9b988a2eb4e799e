/**
 * Measures how many rows a second `jetstream()` stores, one a message and many a message. It
 * starts its own nats-server.
 *
 * ```sh
 * deno task bench:nats
 * deno task bench:nats --rows 2000 --rounds 1
 * ```
 *
 * @module
 */
import { cpuUsage } from "node:process";
import { parseArgs } from "@std/cli/parse-args";
import { jetstream } from "@walbrook/nats";
import { deliver } from "@walbrook/walbrook/sink";
import { NatsServer } from "../examples/demo/nats_server.ts";
import { memorySource } from "./scale/memory_source.ts";

async function measure(rows: number, rowsPerMessage: number): Promise<string> {
  await using server = await NatsServer.start();
  const start = performance.now();
  const before = cpuUsage();
  await deliver(
    memorySource(rows),
    jetstream({
      connection: { servers: server.url },
      ...{ stream: "CDC", create: {}, rowsPerMessage },
    }),
  ).done;
  const rate = rows / (performance.now() - start) * 1000;
  const { user, system } = cpuUsage(before);
  const micros = (user + system) / rows;
  return `${Math.round(rate).toLocaleString("en")} rows/s, ${
    micros.toFixed(1)
  } µs of CPU a row`;
}

async function main(): Promise<void> {
  const { rows, rounds } = parseArgs(Deno.args, {
    string: ["rows", "rounds"],
    default: { rows: "300000", rounds: "3" },
  });
  for (let round = 0; round < Number(rounds); round++) {
    for (const rowsPerMessage of [1, 100, 500]) {
      // A message for each row takes ten times as long.
      const count = Math.ceil(Number(rows) / (rowsPerMessage === 1 ? 10 : 1));
      const figures = await measure(count, rowsPerMessage);
      console.log(`${rowsPerMessage} a message: ${figures}`);
    }
  }
}

if (import.meta.main) await main();
