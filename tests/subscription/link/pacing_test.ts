import { assertEquals } from "@std/assert";
import { Pacing } from "../../../src/subscription/link/pacing.ts";

/** Reads of one kind, one after the other, and how many of them a pause follows. */
interface Reads {
  readonly count: number;
  readonly everyMs: number;
  readonly messages: number;
  readonly bytes: number;
  readonly pauses: number;
}

const SMALL = { messages: 1, bytes: 200 };

const CASES: Readonly<Record<string, readonly Reads[]>> = {
  "a stream at rest": [
    { ...SMALL, count: 500, everyMs: 5, pauses: 0 },
  ],
  "many reads, but not back to back": [
    { ...SMALL, count: 500, everyMs: 0.1, pauses: 0 },
  ],
  "a short burst": [
    { ...SMALL, count: 31, everyMs: 0.02, pauses: 0 },
    { ...SMALL, count: 1, everyMs: 5, pauses: 0 },
    { ...SMALL, count: 30, everyMs: 0.02, pauses: 0 },
  ],
  "a backlog": [
    { ...SMALL, count: 32, everyMs: 0.02, pauses: 1 },
    { count: 100, everyMs: 1, messages: 39, bytes: 40_000, pauses: 100 },
  ],
  "a backlog that comes faster than it is read": [
    { ...SMALL, count: 32, everyMs: 0.02, pauses: 1 },
    { count: 100, everyMs: 1, messages: 20, bytes: 65_536, pauses: 0 },
    { count: 1, everyMs: 1, messages: 20, bytes: 6_553, pauses: 1 },
  ],
  "a backlog of small messages, of which many gather by themselves": [
    { ...SMALL, count: 32, everyMs: 0.02, pauses: 1 },
    { count: 100, everyMs: 1, messages: 40, bytes: 4_000, pauses: 0 },
    { count: 1, everyMs: 1, messages: 20, bytes: 2_000, pauses: 1 },
  ],
  "the end of a backlog": [
    { ...SMALL, count: 32, everyMs: 0.02, pauses: 1 },
    { count: 1, everyMs: 1, messages: 30, bytes: 3_000, pauses: 1 },
    { count: 1, everyMs: 1, messages: 15, bytes: 1_500, pauses: 0 },
    { ...SMALL, count: 30, everyMs: 0.02, pauses: 0 },
  ],
};

for (const [name, steps] of Object.entries(CASES)) {
  Deno.test(`Pacing lets bytes gather only behind many reads: ${name}`, () => {
    const pacing = new Pacing();
    let at = 1000;
    for (const { count, everyMs, messages, bytes, pauses } of steps) {
      let found = 0;
      for (let i = 0; i < count; i++) {
        at += everyMs;
        if (pacing.pauseAfter({ messages, bytes, at })) found++;
      }
      assertEquals(found, pauses);
    }
  });
}
