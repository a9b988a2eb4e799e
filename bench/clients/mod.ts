/** The clients that are measured, by the names that the tables show. @module */
import { byHand } from "./by_hand.ts";
import { bytes } from "./bytes.ts";
import type { Client } from "./client.ts";
import { pgLogicalReplication } from "./pg_logical_replication.ts";
import { pgwire } from "./pgwire.ts";
import { delivering, ENCODERS, encoding } from "./outlets.ts";
import { postgres } from "./postgres.ts";
import { walbrook } from "./walbrook.ts";

/** The one that wants values in binary format. */
export const BINARY = "walbrook, binary";

/** A client that decodes nothing, and is not compared with others. */
export const BYTES = "bytes alone";

/** A decoder written for two tables, which shows the least that the events cost. */
export const BY_HAND = "written by hand";

/** The client that passes events to a destination. */
export const DELIVERING = "walbrook, deliver()";

export const CLIENTS: Readonly<Record<string, Client>> = {
  "walbrook": walbrook("batches"),
  [BINARY]: walbrook("batches", { binary: true }),
  "walbrook, for await": walbrook("for await"),
  "walbrook, readable": walbrook("readable"),
  "pg-logical-replication": pgLogicalReplication,
  "pgwire": pgwire,
  "postgres": postgres,
  [BYTES]: bytes,
  [BY_HAND]: byHand,
  [DELIVERING]: delivering,
  ...Object.fromEntries(
    Object.keys(ENCODERS).map((name) => [name, encoding(name)]),
  ),
};
