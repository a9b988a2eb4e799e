/**
 * Measures `/changes` under load: while rows change, many HTTP clients on one slot watch the
 * rows of one key each; clients share the keys. One more client reads nothing.
 *
 * `deno task load:serve`, or with other figures: `deno task load:serve --clients=200`. It
 * takes at most two minutes.
 *
 * @module
 */
import { startPostgres } from "../helpers/postgres.ts";
import { runLoad } from "./load/run_load.ts";

const load = { clients: 1_000, keys: 100, changes: 2_000, seconds: 60 };
for (const argument of Deno.args) {
  const [, name, value] = /^--(\w+)=(\d+)$/.exec(argument) ?? [];
  if (name === undefined || !Object.hasOwn(load, name)) {
    throw new TypeError(
      `Cannot understand ${argument}: expected ${
        Object.keys(load).map((one) => `--${one}=N`).join(", ")
      }`,
    );
  }
  load[name as keyof typeof load] = Number(value);
}
load.seconds = Math.min(load.seconds, 90);

await using server = await startPostgres({ major: 18, copied: false });
const { ready, rates, delayMs, disconnected, wrong, cores, memory, stalled } =
  await runLoad(server, load);
console.log(`\
clients                ${load.clients} over ${load.keys} keys, for ${load.seconds} s
all have their rows    after ${
  ready.seconds.toFixed(1)
} s, by ${ready.copies} copies
changes in, out        ${rates.in.toFixed(0)}/s, ${rates.out.toFixed(0)}/s
commit to client       p50 ${delayMs[0]} ms, p99 ${delayMs[1]} ms, longest ${
  delayMs[2]
} ms
service's processor    ${(cores * 100).toFixed(0)} % of one core
service's memory, RSS  ${memory.map(({ rss }) => rss).join(" ")} MB
and its heap           ${memory.map(({ heap }) => heap).join(" ")} MB
lost, twice, rows off  ${wrong.lost}, ${wrong.duplicates}, ${wrong.rows}
disconnected           ${disconnected}
client that read none  ${
  stalled.cut > 0 ? "disconnected" : "still connected"
} with ${stalled.bytes} bytes; then ${
  stalled.resets.length === 0
    ? "continued where it was"
    : `reset (${stalled.resets.join(", ")})`
}; lost ${stalled.lost}, twice ${stalled.duplicates}`);
