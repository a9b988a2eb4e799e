const B = "/tmp/w/snap/bench/";
const { Source } = await import(B + "harness/source.ts");
const { makeMixedRows } = await import(B + "workloads/mixed_rows.ts");
const { findProgram } = await import("/tmp/w/snap/tests/runtimes/binaries.ts");
await using source = await Source.start();
await source.query(makeMixedRows(200000));
const node = await findProgram("node24");
for (const m of ["plain", "pause", "plain,parse", "pause,parse"]) {
  const o = await new Deno.Command(node!, { args: ["zz_read.mjs", String(source.address.port), m], stderr: "inherit" }).output();
  console.log(new TextDecoder().decode(o.stdout).trim());
}
