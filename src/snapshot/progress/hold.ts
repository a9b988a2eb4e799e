import { formatLsn, type Lsn, parseLsn } from "../../lsn.ts";
import {
  formatSnapshot,
  parseSnapshot,
  type TransactionSnapshot,
} from "../reconcile/visibility.ts";

/** The changes of a table that are removed from the stream because a copy contains them. */
export interface Hold {
  /** The snapshot of the copy. */
  readonly snapshot: TransactionSnapshot;
  /** A position after the commits of everything that it sees. */
  readonly until: Lsn;
}

/** Converts it to JSON for a checkpoint. */
export function holdJson(
  { snapshot, until }: Hold,
): { readonly snapshot: string; readonly until: string } {
  return { snapshot: formatSnapshot(snapshot), until: formatLsn(until) };
}

/** Parses the output of {@linkcode holdJson}. */
export function readHold(
  { snapshot, until }: ReturnType<typeof holdJson>,
): Hold {
  return { snapshot: parseSnapshot(snapshot), until: parseLsn(until) };
}
