import { assertEquals } from "@std/assert";
import { type ReplicationEvent, subscribe } from "../../mod.ts";
import { generateTypes } from "../../src/typegen/mod.ts";
import { testOnOldestAndNewest } from "../helpers/postgres.ts";
import {
  type ExampleState,
  type Handles,
  newState,
} from "../types/fixtures/example_state.ts";
import { programs as arktype } from "../types/fixtures/way_arktype.ts";
import { programs as drizzle } from "../types/fixtures/way_drizzle.ts";
import { programs as generated } from "../types/fixtures/way_generated.ts";
import { programs as byInterface } from "../types/fixtures/way_interface.ts";
import { programs as kysely } from "../types/fixtures/way_kysely.ts";
import { programs as valibot } from "../types/fixtures/way_valibot.ts";
import { programs as zod } from "../types/fixtures/way_zod.ts";
import { EXAMPLE_CHANGES, EXAMPLE_SCHEMA } from "./example_schema.ts";

const WAYS: Readonly<Record<string, (state: ExampleState) => Handles>> = {
  ...{ generated, byInterface, zod, valibot, arktype, drizzle, kysely },
};

testOnOldestAndNewest(
  "a cache, an outbox and a search index are the same in every way of typing",
  async ({ server, sql }, t) => {
    await sql(EXAMPLE_SCHEMA);
    assertEquals(
      await generateTypes(server.url, { publication: "examples" }),
      await Deno.readTextFile(
        new URL("../types/fixtures/example_tables.ts", import.meta.url),
      ),
    );
    const events: ReplicationEvent[] = [];
    {
      await using subscription = await subscribe({
        connection: server.url,
        slot: { name: "ways", temporary: true, create: true },
        signal: AbortSignal.timeout(60_000),
        publication: "examples",
      });
      await sql(EXAMPLE_CHANGES);
      for await (const event of subscription) {
        events.push(event);
        if (event.kind === "update" && event.table === "public.articles") break;
      }
    }
    for (const [name, programs] of Object.entries(WAYS)) {
      await t.step(name, async () => {
        const state = newState();
        const router = programs(state);
        for (const event of events) await router.handle(event);
        assertEquals([...state.cache], [["2", "3.25"]]);
        assertEquals(state.sent, ['PAID {"order":2}']);
        assertEquals([...state.index], [
          ["7", { title: "Lost rivers", body: "Walbrook ".repeat(2000) }],
        ]);
      });
    }
  },
);
