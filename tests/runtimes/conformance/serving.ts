import { serve } from "../../../src/serve/mod.ts";
import type { Case } from "./context.ts";
import { expectSame } from "./expect.ts";
import { PublishedTable } from "./table.ts";

/** A table and its changes for clients of HTTP. */
export const SERVING: readonly Case[] = [
  {
    capability: "Serve a table and its changes (`./serve`)",
    run: (context) =>
      PublishedTable.with(context, "serve", async (table) => {
        await table.sql(`INSERT INTO ${table.name} VALUES (1, 'ä'), (2, NULL)`);
        const service = serve(await table.subscribe({}), {
          authorize: () => true,
        });
        const ask = (path: string) =>
          service.fetch(new Request(`http://localhost${path}`));
        const response = await ask(
          `/changes?table=public.${table.name}&where=id < 10`,
        );
        expectSame(response.status, 200);
        const reader = response.body!.pipeThrough(new TextDecoderStream())
          .getReader();
        let heard = "";
        const hear = async (text: string) => {
          while (!heard.includes(text)) {
            const { done, value } = await reader.read();
            if (done) throw new Error(`Waited in vain for ${text}: ${heard}`);
            heard += value;
          }
        };
        await hear("event: ready");
        await hear('{"put":"1","row":{"id":1,"body":"ä"}}');
        await table.sql(`DELETE FROM ${table.name} WHERE id = 1`);
        await hear('{"delete":"1"}');
        expectSame((await ask("/ready")).status, 200);
        const page = await (await ask("/")).text();
        expectSame(page.startsWith("<!doctype html>"), true);
        await service.close();
        while (!(await reader.read()).done);
        expectSame((await ask("/health")).status, 503);
      }),
  },
];
