import { subscribe } from "@walbrook/walbrook";

// The system knows the peak, where it tells; elsewhere it is looked for now and then.
function peakMemory(): number {
  try {
    const status = Deno.readTextFileSync("/proc/self/status");
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
  } catch {
    return Deno.memoryUsage().rss;
  }
}

let peak = 0;
const watch = setInterval(() => peak = Math.max(peak, peakMemory()), 500);
const counts = new Map<number, { count: number; sum: number }>();
await using subscription = await subscribe({
  connection: Deno.args[0]!,
  slot: "s",
  publication: "p",
});
reading: for await (const batch of subscription.batches) {
  for (const event of batch) {
    if (event.kind !== "insert") continue;
    const { writer, id } = event.newRow as { writer: number; id: number };
    const entry = counts.get(writer) ?? { count: 0, sum: 0 };
    counts.set(writer, entry);
    entry.count++;
    entry.sum += id;
    if (writer === 2) break reading;
  }
}
clearInterval(watch);
console.log(JSON.stringify({
  counts: [...counts].sort(([a], [b]) => a - b)
    .map(([writer, { count, sum }]) => [`${writer}`, `${count}`, `${sum}`]),
  peak: Math.max(peak, peakMemory()),
}));
