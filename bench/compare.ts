/**
 * Tells whether another commit of Walbrook decoded faster than this checkout does. Run it
 * by `deno task bench:compare --base HEAD~5`.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { COMPARABLE } from "./benches/decode.ts";
import { compareBuilds, describe, type Found } from "./benches/builds.ts";
import { checkOut } from "./harness/repository.ts";
import { openLaboratory, RUNTIMES } from "./harness/runtimes.ts";
import { Source } from "./harness/source.ts";

const USAGE = `Usage: deno task bench:compare --base REVISION [options]

  --base REVISION  the commit to compare this checkout with
  --only NAMES     workloads and runtimes (by default narrow,wide,one_row in all)
  --loss PERCENT   the loss to be found (by default 10)
  --most COUNT     how many generations of processes to start at the most (40)
`;
const USUAL: readonly string[] = ["narrow", "wide", "one_row"];

async function main(args: readonly string[]): Promise<boolean> {
  const found = parseArgs([...args], {
    string: ["base", "only", "loss", "most"],
    unknown: (option) => {
      throw new TypeError(`Cannot take "${option}"\n\n${USAGE}`);
    },
  });
  if (!found.base) throw new TypeError(USAGE);
  const names = found.only?.toLowerCase().split(",") ?? [];
  const named = COMPARABLE.filter(({ name }) => names.includes(name));
  const workloads = named.length > 0
    ? named
    : COMPARABLE.filter(({ name }) => USUAL.includes(name));
  const runtimes = RUNTIMES.filter((name) =>
    names.includes(name.toLowerCase())
  );
  const known = [...named.map(({ name }) => name), ...runtimes];
  if (known.length < names.length) {
    const all = [...COMPARABLE.map(({ name }) => name), ...RUNTIMES];
    throw new TypeError(
      `Cannot find all of "${found.only}": expected some of ${
        all.join(", ").toLowerCase()
      }`,
    );
  }
  await using laboratory = await openLaboratory(
    runtimes.length > 0 ? runtimes : RUNTIMES,
  );
  const folder = `${laboratory.folder}/base`;
  await checkOut(found.base, folder);
  const base = await laboratory.prepare(folder);
  await using source = await Source.start();
  const all: Found[] = [];
  for (const workload of workloads) {
    await compareBuilds({ workload, laboratory, source, base }, {
      loss: Number(found.loss ?? 10) / 100,
      most: Number(found.most ?? 40),
      onFound: (one) => {
        all.push(one);
        console.log(describe(one));
      },
    });
  }
  return all.every(({ decision }) => decision !== "loss");
}

if (import.meta.main) {
  try {
    Deno.exitCode = await main(Deno.args) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    console.error(error.message);
    Deno.exitCode = 2;
  }
}
