import { assertEquals } from "@std/assert";
import type { SubscribeOptions } from "@walbrook/walbrook";
import {
  fakeServer,
  type FakeServerOptions,
  type FakeType,
} from "@walbrook/walbrook/testing";
import type { SqlClient } from "../helpers/postgres.ts";
import {
  defineTypes,
  playOnFake,
  playOnPostgres,
  type Step,
} from "./script.ts";

/** A server to play a script on. */
export interface Side {
  /** The options that lead to the server. */
  readonly options: Pick<
    SubscribeOptions,
    "connection" | "dial" | "environment"
  >;
  /** Does a step. */
  readonly play: (step: Step) => Promise<void> | void;
}

type Types = Readonly<Record<string, FakeType>>;

/** A real server, on which some steps are done before all others. */
export async function realSide(
  sql: SqlClient,
  url: string,
  before: readonly Step[],
  types: Types = {},
): Promise<Side> {
  await defineTypes(sql, types);
  for (const step of before) await playOnPostgres(sql, step);
  await sql("CREATE PUBLICATION shop FOR ALL TABLES");
  return {
    options: { connection: url },
    play: (step) => playOnPostgres(sql, step),
  };
}

/** The same in memory. */
export function fakeSide(
  version: NonNullable<FakeServerOptions["version"]>,
  before: readonly Step[],
  types: Types = {},
): Side {
  const server = fakeServer({ types, publication: "shop", version });
  for (const step of before) playOnFake(server, step);
  return { options: server.options, play: (step) => playOnFake(server, step) };
}

/** Compares what was read of the fake server with what was read of a real one. */
export function assertSame(
  found: readonly unknown[],
  expected: readonly unknown[],
): void {
  assertEquals(found.map(titleOf), expected.map(titleOf));
  for (const [i, event] of found.entries()) assertEquals(event, expected[i]);
}

function titleOf(event: unknown): string {
  const { kind, table, name } = event as Record<
    "kind" | "table" | "name",
    string
  >;
  return `${kind} ${table ?? name}`;
}
