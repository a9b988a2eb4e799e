import type { FakeTable } from "./fake_table.ts";
import type { FakeType } from "./fake_type.ts";

/** A result that a test gives for SQL which the fake server does not know. */
export type FakeAnswer = readonly (readonly (string | null)[])[];

/** Options for {@linkcode fakeServer}. */
export interface FakeServerOptions {
  /**
   * The tables, by name: `"public.orders"`, or `"orders"`, which is in the schema `public`.
   *
   * @default {{}} none; `createTable()` adds some
   */
  readonly tables?: Readonly<Record<string, FakeTable>>;
  /**
   * Enums, domains and composite types, by name, each before those that use it.
   *
   * @default {{}}
   */
  readonly types?: Readonly<Record<string, FakeType>>;
  /**
   * The publication or publications, each of all tables; or the tables of each publication by
   * its name.
   *
   * @default {"walbrook"}
   */
  readonly publication?:
    | string
    | readonly string[]
    | Readonly<Record<string, readonly string[]>>;
  /**
   * The major version that the server reports, and after whose manner it answers: 14 to 18.
   *
   * @default {18}
   */
  readonly version?: 14 | 15 | 16 | 17 | 18;
  /**
   * Answers SQL that is not the library's own: with rows, each an array of texts, or with
   * `undefined` for what it does not know either. It gets each statement by itself.
   *
   * @default {undefined} any such SQL is an error
   */
  readonly answer?: (sql: string) => FakeAnswer | undefined;
}
