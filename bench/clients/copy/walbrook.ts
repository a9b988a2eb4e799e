import type { ReplicationConnection } from "../../../src/replication_mod.ts";
import type { connect } from "../../../src/replication_mod.ts";
import {
  checkCount,
  type Copier,
  type CopyRun,
  type OpenCopier,
  rangeQuery,
} from "./copier.ts";

/**
 * Returns a client for Walbrook's initial copy: one copy of the whole table, which waits for
 * its consumer between two slices.
 */
export function initialCopy(
  { binary = false }: { readonly binary?: boolean } = {},
): OpenCopier {
  return async (run) => {
    const { table, name, library } = run;
    const subscription = await library.subscribe({
      connection: connectionOf(run),
      slot: { name, create: true, temporary: true },
      publication: table,
      snapshot: "always",
      binary,
    });
    const batches = subscription.batches[Symbol.asyncIterator]();
    return {
      async take(rows) {
        let count = 0;
        while (count < rows) {
          const { done, value } = await batches.next();
          if (done) throw new Error("Cannot continue: the copy has ended");
          for (const event of value) {
            if (event.kind !== "read") continue;
            run.onRow(event.newRow);
            count++;
          }
          if (value.some(({ kind }) => kind === "snapshotEnd")) break;
        }
        if (count < rows) throw new Error("Cannot continue: no rows left");
        return count;
      },
      close: () => subscription.close(),
    };
  };
}

/** Returns a client for Walbrook's `copyOutBatches()`: the bytes of rows, not decoded. */
export function copyBytes(
  { binary = false }: { readonly binary?: boolean } = {},
): OpenCopier {
  return async (run) => {
    const connection = await connected(run);
    return {
      async take(rows, after) {
        const data = await connection.copyOutBatches(
          copyCommand(run.table, { rows, after, binary }),
        );
        let count = 0;
        for await (const batch of data) count += batch.length;
        // In binary format the header precedes the first row in its message, but the
        // trailer is a message itself.
        return checkCount(binary ? count - 1 : count, rows);
      },
      close: () => connection.close(),
    };
  };
}

/** Opens a client for Walbrook's `copyOut()`: a stream with a chunk for each row. */
export async function copyStream(run: CopyRun): Promise<Copier> {
  const connection = await connected(run);
  return {
    async take(rows, after) {
      const data = await connection.copyOut(
        copyCommand(run.table, { rows, after, binary: false }),
      );
      let count = 0;
      for await (const _row of data) count++;
      return checkCount(count, rows);
    },
    close: () => connection.close(),
  };
}

async function connected(run: CopyRun): Promise<ReplicationConnection> {
  const module = await run.part("src/replication_mod.ts");
  const { connect: open } = module as { readonly connect: typeof connect };
  return await open(connectionOf(run));
}

function connectionOf({ server: { host, port }, name }: CopyRun) {
  const login = { user: "postgres", database: "postgres" };
  const sslmode = "disable" as const;
  return { host, port, sslmode, applicationName: name, ...login };
}

function copyCommand(
  table: string,
  { rows, after, binary }: {
    readonly rows: number;
    readonly after: number;
    readonly binary: boolean;
  },
): string {
  return `COPY (${rangeQuery(table, rows, after)}) TO STDOUT${
    binary ? " (FORMAT binary)" : ""
  }`;
}
