import type { FakeTable } from "./fake_table.ts";
import type { FakeType } from "./fake_type.ts";

/** A result that a test provides for SQL that the fake server does not recognize. */
export type FakeAnswer = readonly (readonly (string | null)[])[];

/** Options for {@linkcode fakeServer}. */
export interface FakeServerOptions {
  /**
   * The tables, by name: `"public.orders"`, or `"orders"` for the schema `public`.
   *
   * @default {{}} none; `createTable()` adds tables
   */
  readonly tables?: Readonly<Record<string, FakeTable>>;
  /**
   * Enums, domains and composite types, by name; each must precede those that use it.
   *
   * @default {{}}
   */
  readonly types?: Readonly<Record<string, FakeType>>;
  /**
   * The publication or publications, each for all tables; or the tables of each publication,
   * by its name.
   *
   * @default {"walbrook"}
   */
  readonly publication?:
    | string
    | readonly string[]
    | Readonly<Record<string, readonly string[]>>;
  /**
   * The major version that the server reports and imitates: 14 to 18.
   *
   * @default {18}
   */
  readonly version?: 14 | 15 | 16 | 17 | 18;
  /**
   * Answers SQL that is not the library's own: with rows, each an array of texts, or with
   * `undefined` for SQL that it does not recognize. It is called with one statement at a
   * time.
   *
   * @default {undefined} any such SQL is an error
   */
  readonly answer?: (sql: string) => FakeAnswer | undefined;
}
