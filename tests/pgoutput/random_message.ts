import {
  INVALID_LSN,
  type Lsn,
  type PgoutputMessage,
  type TupleValue,
  UNCHANGED,
  type UnixMicros,
} from "@walbrook/walbrook/pgoutput";

/** Draws a whole number below the one that is given. */
type Random = (below: number) => number;

const TEXTS = ["", "a", "é€😀", "x".repeat(300), "-Infinity", "\u{feff}b"];

/**
 * Makes any message that a server can send, with the ends of each field's range more
 * often than chance would have it.
 *
 * @param random What is drawn.
 * @param inStream Whether it stands in a block.
 */
export function randomMessage(
  random: Random,
  inStream: boolean,
): PgoutputMessage {
  const walStart = INVALID_LSN;
  const uint32 = () =>
    [0, 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, random(2 ** 31)][random(6)]!;
  const wide = () =>
    [0n, 1n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n, BigInt(uint32())][
      random(6)
    ]!;
  const lsn = () => wide() as Lsn;
  const time = () =>
    (946_684_800_000_000n + BigInt.asIntN(64, wide())) as UnixMicros;
  const text = () => TEXTS[random(TEXTS.length)]!;
  const flag = () => random(2) === 1;
  const flags = () => random(256);
  const list = <T>(make: () => T): T[] =>
    Array.from({ length: random(5) }, () => make());
  const bytes = () => Uint8Array.from(list(flags));
  const values: readonly (() => TupleValue)[] = [
    () => null,
    () => UNCHANGED,
    text,
    bytes,
  ];
  const tuple = () => list(() => values[random(values.length)]!());
  const xid = inStream ? { xid: uint32() } : {};
  const prepared = () => ({
    ...{ walStart, flags: flags(), prepareLsn: lsn(), endLsn: lsn() },
    ...{ prepareTime: time(), xid: uint32(), gid: text() },
  });
  const committed = () => ({
    ...{ walStart, flags: flags(), commitLsn: lsn(), endLsn: lsn() },
    commitTime: time(),
  });
  const makers: readonly (() => PgoutputMessage)[] = [
    () => ({
      ...{ kind: "begin", walStart, finalLsn: lsn(), commitTime: time() },
      xid: uint32(),
    }),
    () => ({ kind: "commit", ...committed() }),
    () => ({ kind: "origin", walStart, commitLsn: lsn(), name: text() }),
    () => ({
      ...{ kind: "relation", walStart, ...xid, oid: uint32() },
      ...{ schema: text() || "pg_catalog", name: text() },
      replicaIdentity: (["default", "nothing", "full", "index"] as const)[
        random(4)
      ]!,
      columns: list(() => ({
        ...{ name: text(), typeOid: uint32(), typeModifier: uint32() | 0 },
        isKey: flag(),
      })),
    }),
    () => ({
      ...{ kind: "type", walStart, ...xid, oid: uint32() },
      ...{ schema: text() || "pg_catalog", name: text() },
    }),
    () => ({
      ...{ kind: "insert", walStart, ...xid, relationOid: uint32() },
      newTuple: tuple(),
    }),
    () => {
      const old = random(3);
      return {
        ...{ kind: "update", walStart, ...xid, relationOid: uint32() },
        keyTuple: old === 1 ? tuple() : null,
        oldTuple: old === 2 ? tuple() : null,
        newTuple: tuple(),
      };
    },
    () => {
      const isKey = flag();
      return {
        ...{ kind: "delete", walStart, ...xid, relationOid: uint32() },
        keyTuple: isKey ? tuple() : null,
        oldTuple: isKey ? null : tuple(),
      };
    },
    () => ({
      ...{ kind: "truncate", walStart, ...xid, relationOids: list(uint32) },
      ...{ cascade: flag(), restartIdentity: flag() },
    }),
    () => ({
      ...{ kind: "message", walStart, ...xid, transactional: flag() },
      ...{ lsn: lsn(), prefix: text(), content: bytes() },
    }),
    () => {
      const { flags: _, ...begun } = prepared();
      return { kind: "beginPrepare", ...begun };
    },
    () => ({ kind: "prepare", ...prepared() }),
    () => ({
      ...{ kind: "commitPrepared", ...committed(), xid: uint32() },
      gid: text(),
    }),
    () => ({
      ...{ kind: "rollbackPrepared", walStart, flags: flags() },
      ...{ prepareEndLsn: lsn(), rollbackEndLsn: lsn(), prepareTime: time() },
      ...{ rollbackTime: time(), xid: uint32(), gid: text() },
    }),
    () => ({
      ...{ kind: "streamStart", walStart, xid: uint32() },
      firstSegment: flag(),
    }),
    () => ({ kind: "streamStop", walStart }),
    () => ({ kind: "streamCommit", ...committed(), xid: uint32() }),
    () => {
      const isLong = flag();
      return {
        ...{ kind: "streamAbort", walStart, xid: uint32(), subxid: uint32() },
        abortLsn: isLong ? lsn() : null,
        abortTime: isLong ? time() : null,
      };
    },
    () => ({ kind: "streamPrepare", ...prepared() }),
  ];
  return makers[random(makers.length)]!();
}
