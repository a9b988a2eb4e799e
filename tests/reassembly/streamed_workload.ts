import { type Lsn, toLsn, type UnixMicros } from "@walbrook/walbrook";
import type { PgoutputMessage } from "@walbrook/walbrook/pgoutput";
import type { CopyBothMessage } from "@walbrook/walbrook/replication";
import { encodePgoutputMessage } from "../pgoutput/encode_pgoutput_message.ts";

/** A transaction, or a message outside of any, as it has to come out. */
export interface ExpectedUnit {
  /** The kinds of its first and last message; "message" for one that stands alone. */
  readonly ends: string;
  /** Where it commits, or was prepared, or stands. */
  readonly lsn: Lsn;
  /** The ids of the rows it inserts, in order. */
  readonly rows: readonly number[];
}

/** What a server sends, and what it has to mean. */
export interface StreamedWorkload {
  /** Batch by batch. */
  readonly batches: readonly (readonly CopyBothMessage[])[];
  /** In order. */
  readonly expected: readonly ExpectedUnit[];
}

/** Draws a whole number below the one that is given. */
export type Random = (below: number) => number;

const TIME = 1_700_000_000_000_000n as UnixMicros;

interface Subtransaction {
  readonly xid: number;
  /** How many rows there were before it. */
  readonly from: number;
  /** Those within it that were released, in the order of their ends. */
  readonly released: number[];
  hasChanges: boolean;
}

interface Running {
  readonly xid: number;
  readonly rows: number[];
  readonly open: Subtransaction[];
  /** Subtransactions of which something was sent. */
  readonly sent: Set<number>;
  blocks: number;
}

interface Table {
  readonly oid: number;
  /** Its description changes with each version; a row says which one it has. */
  version: number;
  described: boolean;
  readonly describedIn: Set<number>;
}

/**
 * Plays a walsender at random: transactions in blocks, by turns, with subtransactions that
 * are released and rolled back, whole transactions and messages in between, and tables
 * whose description changes. It describes tables when PostgreSQL does
 * (maybe_send_schema in src/backend/replication/pgoutput/pgoutput.c).
 */
export class Walsender {
  readonly #random: Random;
  readonly #messages: CopyBothMessage[] = [];
  readonly #expected: ExpectedUnit[] = [];
  readonly #running: Running[] = [];
  readonly #tables: Table[] = [1, 2, 3].map((oid) => ({
    oid,
    version: 1,
    described: false,
    describedIn: new Set(),
  }));
  #xid = 4_294_967_000;
  #lsn = 1000n;
  #row = 0;

  /** @param random What happens. */
  constructor(random: Random) {
    this.#random = random;
  }

  /** Does so many things, and ends with whatever is running then. */
  play(steps: number): StreamedWorkload {
    for (let i = 0; i < steps; i++) this.#step();
    for (const running of this.#running.splice(0)) this.#end(running);
    return { batches: this.#cut(), expected: this.#expected };
  }

  #step(): void {
    const choice = this.#random(20);
    const running = this.#running[this.#random(3)];
    if (choice === 0) return this.#whole();
    if (choice === 1) return this.#aside();
    if (choice === 2) return this.#keepalive();
    if (choice === 3) return this.#alter();
    if (running === undefined) return this.#begin();
    if (choice < 10) return this.#block(running);
    if (choice < 13) return this.#savepoint(running);
    if (choice < 15) return this.#release(running);
    if (choice < 18) return this.#rollback(running);
    this.#running.splice(this.#running.indexOf(running), 1);
    this.#end(running);
  }

  #begin(): void {
    const xid = this.#nextXid();
    const running: Running = {
      ...{ xid, rows: [], open: [], sent: new Set() },
      blocks: 0,
    };
    this.#running.push(running);
    this.#block(running);
  }

  #block(running: Running): void {
    const { xid } = running;
    const firstSegment = running.blocks++ === 0;
    this.#send({
      kind: "streamStart",
      walStart: this.#at(),
      xid,
      firstSegment,
    });
    if (firstSegment && this.#random(4) === 0) this.#origin();
    for (let n = this.#random(6); n > 0; n--) this.#insert(running);
    this.#send({ kind: "streamStop", walStart: this.#at() });
  }

  #savepoint({ open, rows }: Running): void {
    const xid = this.#nextXid();
    open.push({ xid, from: rows.length, released: [], hasChanges: false });
  }

  #release({ open }: Running): void {
    const released = open.pop();
    open.at(-1)?.released.push(
      ...released?.released ?? [],
      ...released === undefined ? [] : [released.xid],
    );
  }

  // The server names each subtransaction of which it has sent something, those within
  // before the one around them.
  #rollback(running: Running): void {
    const rolledBack = running.open.pop();
    if (rolledBack === undefined) return;
    running.rows.length = rolledBack.from;
    for (const subxid of [...rolledBack.released, rolledBack.xid]) {
      if (running.sent.delete(subxid)) this.#abort(running.xid, subxid);
    }
  }

  #abort(xid: number, subxid: number): void {
    const isLong = this.#random(2) === 0;
    this.#send({
      kind: "streamAbort",
      walStart: this.#at(),
      ...{ xid, subxid },
      abortLsn: isLong ? this.#at() : null,
      abortTime: isLong ? TIME : null,
    });
    for (const { describedIn } of this.#tables) describedIn.delete(xid);
  }

  #end({ xid, rows }: Running): void {
    const choice = this.#random(5);
    if (choice === 0) return this.#abort(xid, xid);
    const lsn = this.#at();
    const endLsn = this.#at();
    if (choice === 1) {
      this.#send({
        ...{ kind: "streamPrepare", walStart: endLsn, flags: 0, gid: "g" },
        ...{ prepareLsn: lsn, endLsn, prepareTime: TIME, xid },
      });
    } else {
      this.#send({
        ...{ kind: "streamCommit", walStart: endLsn, xid, flags: 0 },
        ...{ commitLsn: lsn, endLsn, commitTime: TIME },
      });
    }
    for (const table of this.#tables) {
      if (table.describedIn.delete(xid)) table.described = true;
    }
    const ends = choice === 1 ? "beginPrepare prepare" : "begin commit";
    this.#expected.push({ ends, lsn, rows: [...rows] });
  }

  #whole(): void {
    const xid = this.#nextXid();
    const walStart = this.#at();
    const lsn = this.#at();
    this.#send({
      ...{ kind: "begin", walStart, finalLsn: lsn, commitTime: TIME, xid },
    });
    if (this.#random(4) === 0) this.#origin();
    const rows: number[] = [];
    for (let n = this.#random(4); n > 0; n--) rows.push(this.#change());
    const endLsn = this.#at();
    this.#send({
      ...{ kind: "commit", walStart: endLsn, flags: 0 },
      ...{ commitLsn: lsn, endLsn, commitTime: TIME },
    });
    this.#expected.push({ ends: "begin commit", lsn, rows });
  }

  #insert(running: Running): void {
    const inner = running.open.at(-1);
    const xid = inner?.xid ?? running.xid;
    if (inner !== undefined) running.sent.add(xid);
    running.rows.push(this.#change({ xid, top: running.xid }));
  }

  // A row, behind the description of its table where the server owes it.
  #change(stream?: { readonly xid: number; readonly top: number }): number {
    const table = this.#tables[this.#random(3)]!;
    const xid = stream === undefined ? {} : { xid: stream.xid };
    const known = stream === undefined
      ? table.described
      : table.describedIn.has(stream.top);
    if (!known) {
      this.#send({
        ...{ kind: "relation", walStart: toLsn(0n), oid: table.oid },
        ...{ schema: "s", name: `v${table.version}`, columns: [] },
        replicaIdentity: "default",
        ...xid,
      });
      if (stream === undefined) table.described = true;
      else table.describedIn.add(stream.top);
    }
    const row = ++this.#row;
    // Some are longer than what is read back from a file at once.
    const filler = this.#random(200) === 0 ? 100_000 : this.#random(50);
    this.#send({
      ...{ kind: "insert", walStart: this.#at(), relationOid: table.oid },
      newTuple: [`${row}`, `v${table.version}`, "x".repeat(filler)],
      ...xid,
    });
    return row;
  }

  // As a change of the publication does, which waits for nobody.
  #alter(): void {
    const table = this.#tables[this.#random(3)]!;
    table.version++;
    table.described = false;
    table.describedIn.clear();
  }

  #aside(): void {
    const lsn = this.#at();
    this.#send({
      ...{ kind: "message", walStart: lsn, transactional: false, lsn },
      ...{ prefix: "", content: new Uint8Array(0) },
    });
    this.#expected.push({ ends: "message", lsn, rows: [] });
  }

  #origin(): void {
    const walStart = this.#at();
    this.#send({ kind: "origin", walStart, commitLsn: walStart, name: "o" });
  }

  #keepalive(): void {
    const kind = "PrimaryKeepaliveMessage";
    const replyRequested = false;
    const walEnd = this.#at();
    this.#messages.push({ kind, walEnd, sendTime: TIME, replyRequested });
  }

  #send(message: PgoutputMessage): void {
    const { walStart } = message;
    this.#messages.push({
      ...{ kind: "XLogData", walStart, walEnd: walStart, sendTime: TIME },
      data: encodePgoutputMessage(message),
    });
  }

  #cut(): CopyBothMessage[][] {
    const batches: CopyBothMessage[][] = [];
    for (let at = 0; at < this.#messages.length;) {
      const end = at + this.#random(12);
      batches.push(this.#messages.slice(at, end));
      at = end;
    }
    return batches;
  }

  // Around the end of the 32 bits, where ids begin anew at 3.
  #nextXid(): number {
    this.#xid = this.#xid === 4_294_967_295 ? 3 : this.#xid + 1;
    return this.#xid;
  }

  #at(): Lsn {
    return toLsn(this.#lsn += 8n);
  }
}
