// Follows a slot until a row with the id 0 comes, and tells what came and the memory that
// it took, as JSON.
import { subscribe } from "@walbrook/walbrook";

// In bytes; NaN where the system does not tell.
function memory(line: "VmRSS" | "VmHWM"): number {
  try {
    const status = Deno.readTextFileSync("/proc/self/status");
    return Number(RegExp(`^${line}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) *
      1024;
  } catch {
    return NaN;
  }
}

// Otherwise the peak depends on when the collector comes, which is late on a busy machine.
const { gc } = globalThis as unknown as { readonly gc: () => void };
const collecting = setInterval(gc, 10);

const [connection = "", binary] = Deno.args;
const told: string[] = [];
const rows: unknown[] = [];
await using subscription = await subscribe({
  connection,
  slot: "s",
  publication: "p",
  binary: binary === "binary",
  onBadValue: ({ relation, column, error }) =>
    told.push(`${relation.name}.${column}: ${error}`),
});
let idle = NaN;
for await (const event of subscription) {
  if (event.kind !== "insert") continue;
  const { id, value } = event.newRow;
  if (id === 0) break;
  // The first one is a small one.
  if (rows.length === 0) idle = memory("VmRSS");
  rows.push([id, describe(value)]);
}
clearInterval(collecting);
console.log(JSON.stringify({ rows, told, idle, peak: memory("VmHWM") }));

function describe(value: unknown): unknown {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  return typeof value === "string" && value.length > 100
    ? `${value.length} characters`
    : value;
}
