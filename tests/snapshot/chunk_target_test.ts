import { assertEquals } from "@std/assert";
import { type Lsn, parseLsn } from "@walbrook/walbrook";
import { parseSnapshot } from "../../src/snapshot/reconcile/visibility.ts";
import { ChunkTargets } from "../../src/snapshot/tables/chunk_target.ts";
import type { WaitingChunk } from "../../src/snapshot/tables/waiting_chunk.ts";

const FLUSHED = parseLsn("0/2F00");

function read(insertLsn: string, snapshot: string) {
  return {
    insertLsn: parseLsn(insertLsn),
    snapshot: parseSnapshot(snapshot),
  };
}

/** Targets that have found out up to where the WAL is flushed, for a chunk. */
async function afterOne(
  chunk: ReturnType<typeof read>,
): Promise<ChunkTargets> {
  const targets = new ChunkTargets({
    ask: () => {},
    // So that nothing is waited for but the slack.
    walWriterDelayMs: () => 0,
    signal: new AbortController().signal,
  });
  let isWaiting = true;
  const waiting = { chunk, target: targets.of(chunk) } as WaitingChunk;
  assertEquals(waiting.target, chunk.insertLsn);
  await targets.reach([waiting], () => isWaiting, () => {
    isWaiting = false;
    return Promise.resolve(FLUSHED);
  });
  assertEquals(waiting.target, FLUSHED);
  return targets;
}

Deno.test("ChunkTargets.of() knows what is flushed where nothing has happened since", async () => {
  const first = read("0/3000", "10:12:10");
  const targets = await afterOne(first);
  const cases: [string, ReturnType<typeof read>, Lsn][] = [
    ["the same", read("0/3000", "10:12:10"), FLUSHED],
    ["more was written", read("0/3100", "10:12:10"), parseLsn("0/3100")],
    // A commit before the position that was flushed, and seen, only now.
    ["more is seen", read("0/3000", "12:12:"), parseLsn("0/3000")],
    ["less was written", read("0/2F80", "10:12:10"), parseLsn("0/2F80")],
  ];
  for (const [what, chunk, expected] of cases) {
    assertEquals(targets.of(chunk), expected, what);
  }
  // Another server, or another timeline of it.
  targets.reset();
  assertEquals(targets.of(first), first.insertLsn);
});
