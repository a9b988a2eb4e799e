/**
 * A process that keeps a journal of what it is sent, to be killed at any moment: content
 * and position are one line, so that neither is ever there without the other.
 *
 * Arguments: the server's URL, the slot, the file, and after how many entries to stop in
 * the middle of the next line and wait for the end; without that it goes on to the end of
 * the server's WAL. Says "kept" for each entry, "again" for each that it had already, and
 * "halted".
 */
import {
  type CommitEvent,
  type LogicalMessageEvent,
  type ReplicationEvent,
  subscribe,
} from "@walbrook/walbrook";
import { fromLines, type JournalEntry, toLine } from "./journal.ts";

const ACKNOWLEDGE_EVERY = 5;
const [url, slot, path, haltAfter] = Deno.args as string[] as [
  string,
  string,
  string,
  string,
];
let entries = 0;

const kept = { transaction: -1n, message: -1n };
const before = await Deno.readTextFile(path).catch(() => "");
for (const { kind, lsn } of fromLines(before)) kept[kind] = lsn;
// Half a line is not there.
await Deno.writeTextFile(
  path,
  before.slice(0, before.lastIndexOf("\n") + 1),
);
using file = await Deno.open(path, { append: true });

await using subscription = await subscribe({
  connection: url,
  slot,
  publication: "delivery",
  acknowledge: "manual",
  // A message is in the journal, or comes again.
  acknowledgeMessages: true,
  until: "now",
});
let open: ReplicationEvent[] = [];
let unacknowledged: (CommitEvent | LogicalMessageEvent)[] = [];
for await (const event of subscription) {
  if (event.kind === "message" && event.transaction === null) {
    await keep({ kind: "message", lsn: event.lsn, events: [event] });
  } else {
    open.push(event);
    if (event.kind !== "commit") continue;
    const { commitLsn } = event.transaction;
    await keep({ kind: "transaction", lsn: commitLsn, events: open });
    open = [];
  }
  unacknowledged.push(event);
  if (unacknowledged.length < ACKNOWLEDGE_EVERY) continue;
  for (const one of unacknowledged) subscription.acknowledge(one);
  unacknowledged = [];
}
for (const one of unacknowledged) subscription.acknowledge(one);

async function keep(entry: JournalEntry): Promise<void> {
  if (entry.lsn <= kept[entry.kind]) return console.log("again");
  const line = new TextEncoder().encode(toLine(entry));
  if (entries++ === Number(haltAfter || NaN)) {
    file.writeSync(line.subarray(0, line.length / 2));
    console.log("halted");
    await new Promise(() => {});
  }
  file.writeSync(line);
  kept[entry.kind] = entry.lsn;
  console.log("kept");
}
