import { assertEquals } from "@std/assert";
import { type } from "arktype";
import * as v from "valibot";
import * as z from "zod";
import * as zm from "zod/mini";
import { columnSchemasOf } from "../../src/router/standard_schema.ts";

const zod = z.object({ id: z.bigint(), note: z.string() });
const valibot = v.object({ id: v.bigint(), note: v.string() });
const arktype = type({ id: "bigint", "note?": "string" });

for (
  const [what, schema, shown] of [
    ["an object of zod", zod, true],
    ["a strict object of zod", z.strictObject(zod.shape), true],
    [
      "an object of zod/mini",
      zm.object({ id: zm.bigint(), note: zm.string() }),
      true,
    ],
    ["an object of zod with a rule", zod.refine(() => true), false],
    ["an object of zod with a transformation", zod.transform(() => 1), false],
    ["a union of zod", z.union([zod, z.object({})]), false],
    ["an object of valibot", valibot, true],
    [
      "an object of valibot with a rule",
      v.pipe(valibot, v.check(() => true)),
      false,
    ],
    [
      "an object of valibot with a transformation",
      v.pipe(valibot, v.transform(() => 1)),
      false,
    ],
    ["an object of arktype", arktype, true],
    ["an object of arktype with a rule", arktype.narrow(() => true), false],
    [
      "an object of arktype with a transformation",
      arktype.pipe(() => 1),
      false,
    ],
    ["a schema of something else", { "~standard": { version: 1 } }, false],
  ] as const
) {
  Deno.test(`${what} ${shown ? "shows" : "does not show"} its columns`, () => {
    assertEquals(
      Object.keys(columnSchemasOf(schema) ?? {}).sort(),
      shown ? ["id", "note"] : [],
    );
  });
}
