import { assertEquals } from "@std/assert";
import { TypedProject, TYPESCRIPT_VERSIONS } from "./compilers.ts";

// What the fixtures import, and what that imports.
const PACKAGES = {
  arktype: "2.2.10",
  "@ark/schema": "0.56.9",
  "@ark/util": "0.56.9",
  arkregex: "0.0.15",
  "drizzle-orm": "0.45.4",
  kysely: "0.29.9",
  valibot: "1.5.0",
  zod: "4.6.7",
};
const FIXTURES = new URL("./fixtures/", import.meta.url);

async function fixtures(): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(FIXTURES));
  return entries.map(({ name }) => name).sort();
}

// deno check reads the fixtures too, as part of the repository.
Deno.test("the declarations serve strict programs under tsc, with skipLibCheck: false", async (t) => {
  await using project = await TypedProject.create(PACKAGES);
  const names = await fixtures();
  for (const name of names) {
    await project.write(
      name,
      await Deno.readTextFile(new URL(name, FIXTURES)),
    );
  }
  await project.write("large.ts", largeProgram(200));
  await project.write("mistakes.ts", MISTAKES);
  // The declarations of other packages have errors of their own.
  const others = names.filter((name) => OTHER_WAYS.test(name));
  const own = names.filter((name) => !OTHER_WAYS.test(name));
  for (const version of TYPESCRIPT_VERSIONS) {
    await t.step(`TypeScript ${version}`, async () => {
      const programs = [...own, "large.ts", "mistakes.ts"];
      const said = await project.check(version, programs);
      assertEquals(
        said.split("\n").map((line) => line.split(": error ")[0]),
        ["programs/mistakes.ts(3,5)", "programs/mistakes.ts(4,78)"],
        said,
      );
    });
    await t.step(`other packages with TypeScript ${version}`, async () => {
      const skipped = { skipLibCheck: true };
      assertEquals(await project.check(version, others, skipped), "");
    });
  }
});

const OTHER_WAYS =
  /^(?:drizzle_types|way_(?:zod|valibot|arktype|drizzle|kysely))\.ts$/;

const MISTAKES = `import type { EventOf } from "@walbrook/walbrook/typed";
declare const event: EventOf<{ "public.orders": { id: bigint } }>;
if (event.table === "public.order") console.log();
if (event.table === "public.orders" && event.kind === "insert") event.newRow.idd;
`;

function largeProgram(tables: number): string {
  const numbers = Array.from({ length: tables }, (_, i) => i);
  const columns = Array.from(
    { length: 12 },
    (_, i) => `c${i}: ${["bigint", "string", "string | null"][i % 3]}`,
  ).join("; ");
  const types = numbers.map((i) =>
    `"public.t${i}": TypedTable<{ id: bigint; own${i}: string; ${columns} }, "id", "c1" | "c2">;`
  );
  const cases = numbers.map((i) =>
    `case "public.t${i}":
      if (event.kind === "update") {
        const own: string = event.newRow.own${i};
        // @ts-expect-error the value may not have been sent
        const c1: string = event.newRow.c1;
        console.log(own, c1);
      }
      break;`
  );
  return `
import { isRowChange, type ReplicationEvent, subscribe } from "@walbrook/walbrook";
import type { TypedTable } from "@walbrook/walbrook/typed";
interface Tables { ${types.join("\n")} }
export async function main(): Promise<void> {
  const subscription = await subscribe<Tables>({ slot: "s", publication: "p" });
  for await (const event of subscription) {
    const plain: ReplicationEvent = event;
    if (isRowChange(event) && event.kind !== "delete") console.log(plain, event.newRow);
    switch (event.table) { ${cases.join("\n")} }
    // @ts-expect-error no such table
    if (event.table === "public.t${tables}") break;
  }
  for await (const { changes } of subscription.transactions()) {
    for (const change of changes) {
      if (change.table === "public.t7" && change.kind === "insert") console.log(change.newRow.own7);
    }
  }
}`;
}
