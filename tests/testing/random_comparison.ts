import { subscribe } from "@walbrook/walbrook";
import { fuzzRounds } from "../helpers/fuzz_rounds.ts";
import type { PostgresMajor, SqlClient } from "../helpers/postgres.ts";
import { byTable, readScript } from "./meaning.ts";
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

async function copy({ options }: Side): Promise<readonly unknown[]> {
  const subscription = await subscribe({
    ...options,
    slot: { name: "copy", create: true, temporary: true },
    publication: "shop",
    ...{ snapshot: "always", until: "snapshot" },
  });
  return byTable(await readScript(subscription));
}

/** Compares a random script, and what it leaves, on the fake server with a real one. */
export async function compareAtRandom(
  seed: number,
  version: PostgresMajor,
  { sql, url }: { readonly sql: SqlClient; readonly url: string },
): Promise<void> {
  const script = randomScript(seed, LENGTH);
  const fake = fakeSide(version, BEFORE);
  const real = await realSide(sql, url, BEFORE);
  assertSame(await follow(fake, script), await follow(real, script));
  assertSame(await copy(fake), await copy(real));
}
