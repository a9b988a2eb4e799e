/** The result of a statement. */
export interface PostgresResult {
  /** The rows, as objects by column. */
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** How many rows it returned, or changed. */
  readonly rowCount: number | null;
}

/** A connection to PostgreSQL: a client of a `Pool` of `pg`, or something similar. */
export interface PostgresClient {
  /**
   * Runs a statement with parameters `$1`, `$2` … in text format. Without `values` there may
   * be several statements, whose results are returned as an array.
   */
  query(
    text: string,
    values?: unknown[],
  ): Promise<PostgresResult | PostgresResult[]>;
  /** Returns the connection to the pool; with `true`, closes it. */
  release(destroy?: boolean): void;
  /** Registers a listener for connections lost while idle. */
  on?(event: "error", listener: (error: Error) => void): unknown;
}

/** Provides connections: a `Pool` of `pg`, or something similar. */
export interface PostgresPool {
  /** Returns a connection. */
  connect(): Promise<PostgresClient>;
}
