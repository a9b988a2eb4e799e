import postgres from "postgres";

/** A row with every value in PostgreSQL's text form. */
export type TextRow = Readonly<Record<string, string | null>>;

/**
 * Another client on one connection, to change the database and to ask it for
 * the truth. It connects at the first query, and again after a restart.
 */
export interface SqlClient extends AsyncDisposable {
  /**
   * Runs one statement or several.
   *
   * @param text The SQL.
   * @returns The rows of the last statement that returned any, values as text.
   */
  (text: string): Promise<TextRow[]>;
  /** The first value of the first row of a query. */
  value(text: string): Promise<string | null | undefined>;
  /** Closes the connection. */
  end(): Promise<void>;
}

/**
 * Opens a {@linkcode SqlClient}, so that a test can hold a transaction open in
 * one of them and work in another.
 *
 * @param url Whom to connect to.
 * @returns The client, still unconnected.
 */
export function connectSql(url: string): SqlClient {
  const client = postgres(url, {
    max: 1,
    fetch_types: false,
    onnotice: () => {},
    connection: { application_name: "walbrook_tests" },
  });
  async function sql(text: string): Promise<TextRow[]> {
    const raw: unknown = await client.unsafe(text).raw();
    return readRows(raw as RawResult | RawResult[]);
  }
  const end = () => client.end({ timeout: 5 });
  return Object.assign(sql, {
    value: async (text: string) => Object.values((await sql(text))[0] ?? {})[0],
    end,
    [Symbol.asyncDispose]: end,
  });
}

type RawResult = (Uint8Array | null)[][] & {
  readonly columns?: readonly { readonly name: string }[];
};

/** Several statements give an array of results, each with its columns. */
function readRows(raw: RawResult | RawResult[]): TextRow[] {
  const results = "columns" in raw ? [raw as RawResult] : raw as RawResult[];
  const last = results.findLast((result) => result.columns?.length);
  const names = last?.columns?.map((column) => column.name) ?? [];
  const decoder = new TextDecoder();
  return (last ?? []).map((row) =>
    Object.fromEntries(
      row.map((value, at) => [names[at], value && decoder.decode(value)]),
    )
  );
}
