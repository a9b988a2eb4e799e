/** What a statement gave. */
export interface PostgresResult {
  /** The rows, as objects by column. */
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** How many rows it gave, or changed. */
  readonly rowCount: number | null;
}

/** A connection to PostgreSQL: a client of a `Pool` of `pg`, or something like it. */
export interface PostgresClient {
  /**
   * Runs a statement with parameters `$1`, `$2` … in text format; without `values`, it may be
   * several, whose results come as an array.
   */
  query(
    text: string,
    values?: unknown[],
  ): Promise<PostgresResult | PostgresResult[]>;
  /** Gives the connection back; with `true`, ends it. */
  release(destroy?: boolean): void;
  /** Is told of a connection that is lost while nothing is asked. */
  on?(event: "error", listener: (error: Error) => void): unknown;
}

/** What gives connections: a `Pool` of `pg`, or something like it. */
export interface PostgresPool {
  /** Gives a connection. */
  connect(): Promise<PostgresClient>;
}
