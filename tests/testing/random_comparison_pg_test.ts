import { subscribe } from "@walbrook/walbrook";
import { fuzzRounds } from "../helpers/fuzz_rounds.ts";
import { testOnOldestAndNewest } from "../helpers/postgres.ts";
import { readScript } from "./meaning.ts";
import { randomScript, TABLES } from "./random_script.ts";
import type { Step } from "./script.ts";
import { assertSame, fakeSide, realSide, type Side } from "./sides.ts";

const LENGTH = fuzzRounds(60);

const BEFORE: readonly Step[] = Object.entries(TABLES).map((
  [create, table],
) => ({
  create,
  table,
}));

async function follow(
  { options, play }: Side,
  script: readonly Step[],
): Promise<unknown[]> {
  const subscription = await subscribe({
    ...options,
    slot: { name: "random", create: true, temporary: true },
    publication: "shop",
  });
  for (const step of script) await play(step);
  return await readScript(subscription);
}

// What is left in the end; of which table first is a matter of time.
async function copy({ options }: Side): Promise<unknown[]> {
  const events = await readScript(
    await subscribe({
      ...options,
      slot: { name: "copy", create: true, temporary: true },
      publication: "shop",
      ...{ snapshot: "always", until: "snapshot" },
    }),
  );
  const tables = events as { readonly table: string }[];
  return tables.toSorted((a, b) => a.table < b.table ? -1 : 1);
}

testOnOldestAndNewest(
  "fakeServer() streams a random script as a real server does",
  async ({ server, sql }) => {
    const seed = server.major;
    const script = randomScript(seed, LENGTH);
    const fake = fakeSide(server.major, BEFORE);
    const real = await realSide(sql, server.url, BEFORE);
    assertSame(await follow(fake, script), await follow(real, script));
    assertSame(await copy(fake), await copy(real));
  },
);
