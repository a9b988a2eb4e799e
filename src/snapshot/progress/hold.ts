import { formatLsn, type Lsn, parseLsn } from "../../lsn.ts";
import {
  formatSnapshot,
  parseSnapshot,
  type TransactionSnapshot,
} from "../meet/visibility.ts";

/** What of a table's changes is left out, since a copy of the table has it. */
export interface Hold {
  /** What the copy sees. */
  readonly snapshot: TransactionSnapshot;
  /** A position behind the commits of all that it sees. */
  readonly until: Lsn;
}

/** Writes it for a checkpoint. */
export function holdJson(
  { snapshot, until }: Hold,
): { readonly snapshot: string; readonly until: string } {
  return { snapshot: formatSnapshot(snapshot), until: formatLsn(until) };
}

/** Reads what {@linkcode holdJson} wrote. */
export function readHold(
  { snapshot, until }: ReturnType<typeof holdJson>,
): Hold {
  return { snapshot: parseSnapshot(snapshot), until: parseLsn(until) };
}
