import { SubscriptionError } from "../../errors.ts";
import { tableName } from "../../events/table_name.ts";
import type { PublishedTable } from "./published_table.ts";

/**
 * Rejects a server from which tables can't be copied.
 *
 * @throws {SubscriptionError} `snapshotStandby`.
 */
export function checkServer(isStandby: boolean): void {
  if (!isStandby) return;
  throw new SubscriptionError(
    "snapshotStandby",
    "Cannot copy tables from a standby: it does not tell which transactions its queries see; connect to the primary",
  );
}

/**
 * Rejects names that no published table has.
 *
 * @param names The names, as in `event.table`; `null` for none.
 * @param published The published tables.
 * @throws {TypeError} If there is such a name.
 */
export function checkNames(
  names: readonly string[] | null,
  published: readonly PublishedTable[],
): void {
  const known = new Set(published.map(tableName));
  const unknown = names?.find((name) => !known.has(name));
  if (unknown === undefined) return;
  throw new TypeError(
    `Cannot copy table ${unknown}: no published table has that name; write it as in event.table`,
  );
}

/**
 * Rejects tables that the role can't read.
 *
 * @param tables The tables to copy.
 * @throws {SubscriptionError} `noSelect` or `rowSecurity`.
 */
export function checkTables(tables: readonly PublishedTable[]): void {
  const unreadable = tables.filter(({ mayRead }) => !mayRead);
  if (unreadable.length > 0) {
    throw new SubscriptionError(
      "noSelect",
      `Cannot copy ${
        listOf(unreadable)
      }: the role has no SELECT privilege; grant it, or leave the tables out by the option tables`,
    );
  }
  const hidden = tables.filter(({ hasRowSecurity }) => hasRowSecurity);
  if (hidden.length > 0) {
    throw new SubscriptionError(
      "rowSecurity",
      `Cannot copy ${
        listOf(hidden)
      }: row security would hide rows from the role, and the stream has them all; use a role with BYPASSRLS, or the owner`,
    );
  }
}

const MOST_LISTED = 10;

function listOf(tables: readonly PublishedTable[]): string {
  const names = tables.map(({ schema, name }) => `"${schema}"."${name}"`);
  const more = names.length - MOST_LISTED;
  const listed = names.slice(0, MOST_LISTED).join(", ");
  const what = names.length === 1 ? "table" : "tables";
  return more > 0 ? `${what} ${listed} and ${more} more` : `${what} ${listed}`;
}
