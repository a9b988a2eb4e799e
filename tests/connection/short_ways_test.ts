import { assert, assertEquals } from "@std/assert";
import { readChoices } from "../../src/connection/read_choices.ts";
import { parseConnectionString } from "../../src/connection/connection_string.ts";
import { completeKeywords } from "../../src/connection/connection_keywords.ts";
import { readOptions } from "../../src/connection/option_keywords.ts";
import { readTargets } from "../../src/connection/connection_targets.ts";
import { resolveChoices } from "../../src/connection/resolve_choices.ts";
import { resolveTargets } from "../../src/connection/resolve_targets.ts";
import { fuzzRounds } from "../helpers/fuzz_rounds.ts";
import { randomNumbers } from "../helpers/random_numbers.ts";

// What is usual of a connection is settled without what reads the rest: both have to come to
// the same, whatever is given.

const ROUNDS = fuzzRounds(3_000);

type Keywords = Map<string, string>;

const HOSTS = [
  ...["", "localhost", "db.example.com", "DB_1", "a-b", "-", ".", "10.0.0.1"],
  ...["::1", "fe80::1%eth0", "[::1]", "2001:db8::7", "a,b", "a,", ",", "/run"],
  ...["/run/", "@abstract", "a b", " a", "a ", "a\n", "\n", "bücher.example"],
  ...["a%2Fb", "%2Frun", "a/b", "a@b", "a:1", "$", "a$b", "c:\\x", "\0"],
];
const PORTS = [
  ...["", "5432", "1", "0", "00005", "65535", "65536", "9999", "10000", "+1"],
  ...["-1", " 5432", "5432 ", "5432\n", "1e3", "0x10", "54,32", "5432,", ","],
  ...["５４３２", "5.0", "abc", "999999999999"],
];
const ADDRESSES = ["", "127.0.0.1", "::1", "127.0.0.1,::1", ",", "/run"];
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  target_session_attrs: ["", "any", "primary", "standby", "Any", "none"],
  load_balance_hosts: ["", "disable", "random", "yes"],
  require_auth: ["", "scram-sha-256", "!password", "none,md5", "x"],
  channel_binding: ["", "prefer", "disable", "require", "x"],
  connect_timeout: ["", "0", "-1", "10", " 5 ", "x", "99999999"],
  keepalives: ["", "0", "1", "2"],
  keepalives_idle: ["", "0", "-1", "7", "x"],
};

const random = randomNumbers(0x73686f72);
const oneOf = <T>(list: readonly T[]): T => list[random(list.length)]!;

/** Gives some of these keywords one of their values each. */
function some(values: Readonly<Record<string, readonly string[]>>): Keywords {
  const keywords: Keywords = new Map();
  for (const [name, list] of Object.entries(values)) {
    if (random(2) === 0) keywords.set(name, oneOf(list));
  }
  return keywords;
}

async function outcome(work: () => unknown): Promise<unknown> {
  try {
    return await work();
  } catch (error) {
    assert(error instanceof Error);
    return `${error.name}: ${error.message}`;
  }
}

async function compareTargets(keywords: Keywords): Promise<void> {
  assertEquals(
    await outcome(() => resolveTargets(keywords)),
    await outcome(() => readTargets(keywords)),
    JSON.stringify([...keywords]),
  );
}

Deno.test("resolveTargets() comes to the same as readTargets() for every host, port and address", async () => {
  for (const host of [...HOSTS, null]) {
    for (const port of [...PORTS, null]) {
      for (const hostaddr of ["", "127.0.0.1", null]) {
        const given = Object.entries({ host, port, hostaddr });
        await compareTargets(
          new Map(given.filter((one): one is [string, string] => !!one[1])),
        );
        await compareTargets(
          new Map(
            given.filter((one): one is [string, string] => one[1] !== null),
          ),
        );
      }
    }
  }
});

Deno.test("resolveTargets() comes to the same as readTargets() for lists of any length", async () => {
  const list = (values: readonly string[]) =>
    Array.from({ length: random(4) }, () => oneOf(values)).join(",");
  for (let round = 0; round < ROUNDS; round++) {
    await compareTargets(some({
      host: [list(HOSTS)],
      port: [list(PORTS)],
      hostaddr: [list(ADDRESSES)],
    }));
  }
});

Deno.test("resolveTargets() comes to the same as readTargets() for what URLs and variables give", async () => {
  const hosts = [
    ...["", "localhost", "[::1]", "[fe80::1%25eth0]", "a,b", "a%2Cb", "%2Frun"],
    ...["b%C3%BCcher", "[::1]:1,[::2]:2", "a:5433", "a:", ":5433", "%20a"],
  ];
  for (let round = 0; round < ROUNDS; round++) {
    const query = random(3) === 0 ? `?port=${oneOf(["", "1", "1,2"])}` : "";
    const given = parseConnectionString(
      `postgres://u@${oneOf(hosts)}/d${query}`,
    );
    const variables: Record<string, string> = {};
    if (random(2) === 0) variables["PGHOST"] = oneOf(HOSTS);
    if (random(2) === 0) variables["PGPORT"] = oneOf(PORTS);
    if (random(3) === 0) variables["PGHOSTADDR"] = oneOf(ADDRESSES);
    const keywords = await completeKeywords(given, {
      get: (name) => variables[name],
    });
    await compareTargets(keywords);
  }
});

Deno.test("resolveChoices() comes to the same as readChoices() for words and numbers of any kind", async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const options = {
      ...random(2) === 0 ? { connectTimeoutMs: oneOf([0, 1, 5000]) } : {},
      ...random(2) === 0 ? { keepalivesIdleMs: oneOf([0, 1, 5000]) } : {},
    };
    const keywords = random(4) === 0 ? new Map() : some(CHOICES);
    const all = new Map([...keywords, ...readOptions(options)]);
    assertEquals(
      await outcome(() => resolveChoices(all, options)),
      await outcome(() => readChoices(all, options)),
      JSON.stringify([...all]),
    );
  }
});
