/**
 * The command `walbrook types`: writes the types of a publication's tables.
 *
 *     deno run -A examples/types.ts postgres://app@localhost/shop --publication shop > shop.ts
 *     deno run -A examples/types.ts postgres://app@localhost/shop --publication shop --check shop.ts
 *
 * @module
 */
import { runTypes } from "@walbrook/walbrook/typegen";

const text = new TextEncoder();

Deno.exitCode = await runTypes(Deno.args, {
  write: (out) => Deno.stdout.writeSync(text.encode(out)),
  writeError: (out) => Deno.stderr.writeSync(text.encode(out)),
  readTextFile: (path) => Deno.readTextFile(path),
});
