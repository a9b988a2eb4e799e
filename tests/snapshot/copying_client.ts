/**
 * Copies a table and says what that took: rows, bytes of their texts, the growth of the resident
 * set, and the seconds. To be run in a process of its own.
 *
 * Arguments: the connection, the bytes of a chunk, how long to sleep after each in milliseconds,
 * and `binary` or `text`.
 *
 * @module
 */
import { type Row, subscribe } from "@walbrook/walbrook";

const [connection = "", chunkBytes, sleepMs, format] = Deno.args;
// What the program itself takes is there before.
const before = peakBytes();
const begun = performance.now();
let rows = 0;
let bytes = 0;
await using subscription = await subscribe({
  ...{ connection, publication: "p" },
  slot: { name: `c${Deno.pid}`, create: true, temporary: true },
  binary: format === "binary",
  snapshot: { when: "always", chunkBytes: Number(chunkBytes) },
  until: "snapshot",
});
for await (const event of subscription) {
  if (event.kind === "read") {
    rows++;
    bytes += lengthOf(event.newRow);
  }
  if (event.kind === "chunk" && Number(sleepMs) > 0) {
    await new Promise((resolve) => setTimeout(resolve, Number(sleepMs)));
  }
}
const seconds = (performance.now() - begun) / 1_000;
console.log(
  JSON.stringify({ rows, bytes, growth: peakBytes() - before, seconds }),
);

// A separate function: a loop that waits would keep the last value of each of its variables.
function lengthOf(row: Row): number {
  return Object.values(row).reduce(
    (sum: number, value) =>
      typeof value === "string" ? sum + value.length : sum,
    0,
  );
}

/** The largest resident set so far, where the system tells it; else the present one. */
function peakBytes(): number {
  try {
    const status = Deno.readTextFileSync("/proc/self/status");
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB/m.exec(status) ?? [];
    return Number(kilobytes) * 1_024;
  } catch {
    return Deno.memoryUsage().rss;
  }
}
