/**
 * A process that keeps a journal of what it is sent, to be killed at any moment: content
 * and position are one line, so that neither is ever there without the other.
 *
 * Arguments: the server's URL, the slot, the file. Ends at the end of the server's WAL.
 * Says "kept" for each entry, and "again" for each that it had already.
 */
import {
  type CommitEvent,
  type MessageEvent,
  type ReplicationEvent,
  subscribe,
} from "@walbrook/walbrook";
import { fromLines, type JournalEntry, toLine } from "./journal.ts";

const ACKNOWLEDGE_EVERY = 5;
const [url, slot, path] = Deno.args as [string, string, string];

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
  until: "now",
});
let open: ReplicationEvent[] = [];
let unacknowledged: (CommitEvent | MessageEvent)[] = [];
for await (const event of subscription) {
  if (event.kind === "message" && event.transaction === null) {
    keep({ kind: "message", lsn: event.lsn, events: [event] });
  } else {
    open.push(event);
    if (event.kind !== "commit") continue;
    const { commitLsn } = event.transaction;
    keep({ kind: "transaction", lsn: commitLsn, events: open });
    open = [];
  }
  unacknowledged.push(event);
  if (unacknowledged.length < ACKNOWLEDGE_EVERY) continue;
  for (const one of unacknowledged) subscription.acknowledge(one);
  unacknowledged = [];
}
for (const one of unacknowledged) subscription.acknowledge(one);

function keep(entry: JournalEntry): void {
  if (entry.lsn <= kept[entry.kind]) return console.log("again");
  file.writeSync(new TextEncoder().encode(toLine(entry)));
  kept[entry.kind] = entry.lsn;
  console.log("kept");
}
