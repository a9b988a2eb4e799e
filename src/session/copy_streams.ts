import { ProtocolError } from "../errors.ts";
import { CopyOut } from "./copy_out.ts";
import type { CommandOptions, Session } from "./session.ts";

/**
 * Runs a `COPY … TO STDOUT`.
 *
 * @returns Its data: a chunk for each row in the text formats.
 * @throws {PostgresError} If the command fails.
 * @throws {ProtocolError} If the command is not a COPY.
 */
export function copyOut(
  session: Session,
  sql: string,
  options: CommandOptions,
): Promise<ReadableStream<Uint8Array>> {
  return copyStream(session, sql, options, (rows, controller) => {
    for (const row of rows) controller.enqueue(row);
  });
}

/**
 * Runs a `COPY … TO STDOUT`, and returns its data in batches.
 *
 * @returns Its data: an array for each read from the socket.
 * @throws {PostgresError} If the command fails.
 * @throws {ProtocolError} If the command is not a COPY.
 */
export function copyOutBatches(
  session: Session,
  sql: string,
  options: CommandOptions,
): Promise<ReadableStream<Uint8Array[]>> {
  return copyStream(session, sql, options, (rows, controller) => {
    controller.enqueue(rows);
  });
}

// Reads from the socket only when everything that was read before has been taken.
async function copyStream<T>(
  session: Session,
  sql: string,
  options: CommandOptions,
  enqueue: (
    rows: Uint8Array[],
    controller: ReadableStreamDefaultController<T>,
  ) => void,
): Promise<ReadableStream<T>> {
  const copy = await session.run(sql, options, async (answer) => {
    if (answer.first.kind === "CopyOutResponse") return new CopyOut(answer);
    await answer.gather();
    throw new ProtocolError(
      `Cannot stream: "${sql}" is not a COPY … TO STDOUT`,
    );
  });
  // An error comes after the rows that arrived with it.
  let failure: { readonly error: unknown } | null = null;
  return new ReadableStream<T>({
    async pull(controller) {
      for (let isMore = true; isMore;) {
        if (failure !== null) throw failure.error;
        const rows: Uint8Array[] = [];
        try {
          isMore = await copy.next((bytes, start, end) => {
            rows.push(bytes.subarray(start, end));
          });
        } catch (error) {
          failure = { error };
        }
        if (rows.length === 0) continue;
        enqueue(rows, controller);
        if (isMore) return;
      }
      controller.close();
    },
    cancel: () => copy.cancel(),
  }, { highWaterMark: 0 });
}
