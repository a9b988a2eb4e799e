/** The clients that copy a table, by their names in the tables of results. @module */
import { bareSocket, oneCopy } from "./bare_socket.ts";
import type { OpenCopier } from "./copier.ts";
import { pgCursor } from "./pg_cursor.ts";
import { postgresCursor } from "./postgres_cursor.ts";
import { copyBytes, copyStream, initialCopy } from "./walbrook.ts";

/** The clients that make objects of rows, all with equal values. */
export const OBJECT_COPIERS: Readonly<Record<string, OpenCopier>> = {
  "walbrook": initialCopy(),
  "walbrook, binary": initialCopy({ binary: true }),
  "pg-cursor": pgCursor,
  "postgres, cursor": postgresCursor,
};

/** The name of the client that only finds the ends of messages. */
export const BARE_SOCKET = "bare socket";

/** The name of the client that runs one plain COPY of the whole table. */
export const ONE_COPY = "one COPY";

/** All clients that copy. */
export const COPIERS: Readonly<Record<string, OpenCopier>> = {
  ...OBJECT_COPIERS,
  "copyOutBatches()": copyBytes(),
  "copyOutBatches(), binary": copyBytes({ binary: true }),
  "copyOut()": copyStream,
  [BARE_SOCKET]: bareSocket,
  [ONE_COPY]: oneCopy,
};
