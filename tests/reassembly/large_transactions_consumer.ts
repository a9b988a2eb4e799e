import { subscribe } from "@walbrook/walbrook";

// Told by the system where it can be, so that no peak is missed.
function peakMemory(): number {
  try {
    const status = Deno.readTextFileSync("/proc/self/status");
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
  } catch {
    return Deno.memoryUsage().rss;
  }
}

const counts = new Map<number, { count: number; sum: bigint }>();
let peak = 0;

await using subscription = await subscribe({
  connection: Deno.args[0]!,
  slot: "s",
  publication: "p",
});
reading: for await (const batch of subscription.batches) {
  for (const event of batch) {
    if (event.kind !== "insert") continue;
    const { writer, id } = event.newRow as { writer: number; id: number };
    const entry = counts.get(writer) ?? { count: 0, sum: 0n };
    counts.set(writer, entry);
    entry.count++;
    entry.sum += BigInt(id);
    if (writer === 2) break reading;
  }
  peak = Math.max(peak, peakMemory());
}
console.log(JSON.stringify({
  counts: [...counts].sort(([a], [b]) => a - b)
    .map(([writer, { count, sum }]) => [`${writer}`, `${count}`, `${sum}`]),
  peak,
}));
