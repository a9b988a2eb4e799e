import { assertEquals, assertThrows } from "@std/assert";
import {
  type PgoutputOptions,
  pgoutputOptions,
} from "@walbrook/walbrook/pgoutput";

const publications = ["p"];

const TABLE: readonly [string, PgoutputOptions, Record<string, string>][] = [
  [
    "what is required alone",
    { protocolVersion: 1, publications },
    { proto_version: "1", publication_names: '"p"' },
  ],
  [
    "nothing for what is false, which older servers don't know",
    {
      protocolVersion: 1,
      publications,
      messages: false,
      binary: false,
      streaming: false,
      twoPhase: false,
    },
    { proto_version: "1", publication_names: '"p"' },
  ],
  [
    "all options",
    {
      protocolVersion: 4,
      publications,
      messages: true,
      binary: true,
      streaming: "parallel",
      twoPhase: true,
      origin: "none",
    },
    {
      proto_version: "4",
      publication_names: '"p"',
      messages: "true",
      binary: "true",
      streaming: "parallel",
      two_phase: "true",
      origin: "none",
    },
  ],
  [
    "streaming as PostgreSQL 14 takes it too",
    { protocolVersion: 2, publications, streaming: true },
    { proto_version: "2", publication_names: '"p"', streaming: "on" },
  ],
  [
    "every name quoted, and quotes doubled",
    {
      protocolVersion: 1,
      publications: ["lower", "Up Per", "a,b", 'q"q', "it's", "é"],
    },
    {
      proto_version: "1",
      publication_names: `"lower","Up Per","a,b","q""q","it's","é"`,
    },
  ],
];

for (const [name, options, expected] of TABLE) {
  Deno.test(`pgoutputOptions() gives ${name}`, () => {
    assertEquals(pgoutputOptions(options), expected);
  });
}

for (const names of [[], [""], ["a", ""], ["a\0b"]]) {
  Deno.test(`pgoutputOptions() refuses the publications ${JSON.stringify(names)}`, () => {
    assertThrows(
      () => pgoutputOptions({ protocolVersion: 1, publications: names }),
      TypeError,
      "publication",
    );
  });
}

for (const protocolVersion of [0, -1, 1.5, NaN, 5]) {
  Deno.test(`pgoutputOptions() refuses the protocol version ${protocolVersion}`, () => {
    assertThrows(
      () => pgoutputOptions({ protocolVersion, publications }),
      RangeError,
      `${protocolVersion}`,
    );
  });
}

const TOO_EARLY: readonly [Partial<PgoutputOptions>, string][] = [
  [
    { protocolVersion: 1, streaming: true },
    "streaming with protocol version 1",
  ],
  [
    { protocolVersion: 3, streaming: "parallel" },
    'streaming "parallel" with protocol version 3: it needs version 4',
  ],
  [{ protocolVersion: 2, twoPhase: true }, "it needs version 3"],
];

for (const [options, problem] of TOO_EARLY) {
  Deno.test(`pgoutputOptions() refuses ${JSON.stringify(options)}`, () => {
    assertThrows(
      () => pgoutputOptions({ protocolVersion: 4, publications, ...options }),
      RangeError,
      problem,
    );
  });
}
