/** The address of a PostgreSQL server. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  /** The certificate of its authority, in PEM, if the connection is to be encrypted. */
  readonly authority?: string;
}

/** The task of a process. */
export interface Job {
  /** The kind of turns that it takes. */
  readonly task: "replay" | "follow" | "copy" | "latency" | "subscriptions";
  /** The client, by its name in `bench/clients/mod.ts` or `bench/clients/copy/mod.ts`. */
  readonly client: string;
  /** The module that exports `subscribe()`, as an absolute URL. */
  readonly library: string;
  /** The folder whose `node_modules` has the other clients. */
  readonly modules: string;
  /** A real server, or the path of a recording. */
  readonly server: ServerAddress | string;
  /** The slot of a recording, or the application name of connections that copy. */
  readonly slot?: string;
  /** The publication of a recording, or the table to copy. */
  readonly publication?: string;
  /** The rows of a recording. */
  readonly rows?: number;
}

/** The message of a process that is ready for its first turn. */
export interface Ready {
  /** Milliseconds from its start to its first line of code. */
  readonly bootMs: number;
  /** Milliseconds that the library took to load. */
  readonly importMs: number;
  /** Processor time so far, in seconds. */
  readonly cpuSeconds: number;
}

/** The next command for a process. */
export type Turn =
  | ReplayTurn
  | WarmUpTurn
  | FollowTurn
  | CopyTurn
  | OpenTurn
  | CollectTurn
  | UsageTurn;

/** Takes a recording a few times. */
export interface ReplayTurn {
  readonly kind: "replay";
  readonly passes: number;
  /** Whether a pass comes first that is not measured: caches are cold after others' turns. */
  readonly leadIn: boolean;
}

/** Takes a recording again and again, so that its code is compiled. */
export interface WarmUpTurn {
  readonly kind: "warmUp";
  /** The processor time to take at least: of two that are warm, both have worked alike. */
  readonly cpuMilliseconds: number;
}

/** The cost of a warm-up. */
export interface WarmUp {
  readonly passes: number;
  readonly cpuSeconds: number;
}

/** Follows a slot to a row. */
export interface FollowTurn {
  readonly kind: "follow";
  readonly slot: string;
  readonly publication: string;
  /** The rows that come first and are not measured. */
  readonly leadIn: number;
  /** All rows, with those that come first. */
  readonly rows: number;
}

/** Copies the next rows of a table. */
export interface CopyTurn {
  readonly kind: "copy";
  /** The number of rows. */
  readonly rows: number;
  /** The key after which a client begins, if it can begin anywhere. */
  readonly after: number;
}

/** Opens subscriptions, which stay open. */
export interface OpenTurn {
  readonly kind: "open";
  /** The slots, one for each subscription. */
  readonly slots: readonly string[];
  readonly publication: string;
}

/** Waits until each subscription has had its rows. */
export interface CollectTurn {
  readonly kind: "collect";
  /** How many rows each subscription will have had in all. */
  readonly rows: number;
}

/** Returns the resources that the process has used. */
export interface UsageTurn {
  readonly kind: "usage";
}

/** The resources that a process has used since its start. */
export interface Usage {
  /** Processor time, user and system, in seconds. */
  readonly cpuSeconds: number;
  /** The memory that it has, in bytes. */
  readonly residentBytes: number;
  /** The most memory that it had, in bytes. */
  readonly peakBytes: number;
}
