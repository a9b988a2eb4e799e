import type { subscribe } from "../../../mod.ts";
import type { connect } from "../../../src/replication_mod.ts";
import type { Dial, Environment } from "../../../src/socket/mod.ts";

/** The runtimes, as the table in `docs/runtimes.md` names them. */
export type RuntimeName =
  | "Deno"
  | "Node 20"
  | "Node 22"
  | "Node 24"
  | "Bun"
  | "Workers";

/** What the suite is told about the server and its peers, as JSON. */
export interface Parameters {
  /** Where the suite runs. */
  readonly runtime: RuntimeName;
  /** The server's address, which its certificate bears. */
  readonly host: string;
  /** The server's TCP port. */
  readonly port: number;
  /** The folder of the server's unix-domain socket. */
  readonly socketDirectory: string;
  /** The authority of the server's certificate, in PEM. */
  readonly authority: string;
  /** The same as a file. */
  readonly authorityFile: string;
  /** What the role `bearer` logs in with, instead of a password; in PEM. */
  readonly client: {
    /** The certificate. */
    readonly certificate: string;
    /** Its key. */
    readonly key: string;
  };
  /** The password of the role `scram`. */
  readonly password: string;
  /** Ports of servers that are not PostgreSQL. */
  readonly peers: PeerPorts;
  /** Whether there are these peers only, and no PostgreSQL server. */
  readonly peersOnly: boolean;
}

/** Ports of peers on the server's address, each with one habit. */
export interface PeerPorts {
  /** Sends as much as anyone takes, up to 64 MiB. */
  readonly flood: number;
  /** Tells, when the last flood has come to a halt, how many bytes it sent. */
  readonly flooded: number;
  /** Accepts and never reads nor writes. */
  readonly silent: number;
  /** Agrees to start TLS, and says nothing more. */
  readonly handshake: number;
  /** Agrees to start TLS, and lets everybody in with the same breath, unencrypted. */
  readonly hasty: number;
  /** Agrees to start TLS, and lets everybody in unencrypted when the handshake begins. */
  readonly plain: number;
  /** Speaks TLS at once, with a certificate of an authority that nobody knows. */
  readonly untrusted: number;
  /** Speaks TLS likewise, and sends many small records, of 40 bytes each. */
  readonly records: number;
  /** Tells, when these have been sent, how many there are. */
  readonly recorded: number;
  /** Reads to the end, then tells how many bytes came. */
  readonly count: number;
  /** Listens, but has no room for another connection; 0 where that can't be had. */
  readonly full: number;
  /** Listens no more. */
  readonly closed: number;
}

/** What the suite works with: parameters, and the library as a runtime's users get it. */
export interface Context extends Parameters {
  /** The library's `subscribe()`. */
  readonly subscribe: typeof subscribe;
  /** The library's `connect()`. */
  readonly connect: typeof connect;
  /** The runtime's sockets. */
  readonly dial: Dial;
  /** The runtime's variables and files. */
  readonly environment: Environment;
  /** Memory in use, in bytes; `null` where nobody tells. */
  memory(): number | null;
}

/** One capability, and how to see whether it is there. */
export interface Case {
  /** What is shown, as the table names it. */
  readonly capability: string;
  /**
   * Where it is known to be missing, with a part of the words that say so. There, `run`
   * has to fail with a `TypeError` of these words, or to return them.
   */
  readonly missing?: Partial<Readonly<Record<RuntimeName, string>>>;
  /**
   * Whether it does without a PostgreSQL server.
   *
   * @default {false}
   */
  readonly peersOnly?: boolean;
  /**
   * Shows it, or throws.
   *
   * @returns Nothing, or why it is not there.
   */
  run(context: Context): Promise<string | void>;
}

/** What came of one {@linkcode Case}, as a line of JSON. */
export interface Outcome {
  /** The case's name. */
  readonly capability: string;
  /** Whether it is there, is known not to be, or is not as it should be. */
  readonly result: "yes" | "no" | "failed";
  /** Why not. */
  readonly detail: string;
  /** How long it took. */
  readonly ms: number;
}
