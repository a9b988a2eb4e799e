import { createRequire } from "node:module";
import { subscribe } from "@walbrook/walbrook";
import { OBJECT_COPIERS } from "./bench/clients/copy/mod.ts";
import { openLaboratory } from "./bench/harness/runtimes.ts";
import { Source } from "./bench/harness/source.ts";
import { makeMixedRows, MIXED_TABLE } from "./bench/workloads/mixed_rows.ts";
await using laboratory = await openLaboratory(["Deno"]);
await using source = await Source.start();
await source.query(makeMixedRows(1500));
const load = createRequire(`${laboratory.folder}/package.json`);
for (const [name, open] of Object.entries(OBJECT_COPIERS)) {
  const rows: any[] = [];
  const copier = await open({ server: source.address, table: MIXED_TABLE, name: "copies", load, library: { subscribe }, onRow: (r: any) => rows.push(r), part: (p: string) => import(new URL(p, import.meta.url).href) });
  await copier.take(1000, 0); await copier.close();
  const ids = rows.map((r) => Number(r.id));
  console.log(name, ids.length, ids.slice(0, 5), ids.findIndex((x, i) => x !== i + 1), Object.keys(rows[0]).length);
  console.log(rows[302]);
}
