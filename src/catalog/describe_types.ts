import type { ReplicationConnection } from "../replication/replication_connection.ts";
import type { CommandOptions } from "../session/session.ts";
import type { TypeDescription } from "../values/type_description.ts";
import { readTypeRow, typeQuery } from "./type_query.ts";

/**
 * Looks up in the catalog what types consist of: composites, enums, ranges and similar, and
 * recursively the types that they consist of. A subscription does so automatically.
 *
 * @example
 * ```ts ignore
 * import { connect, describeTypes } from "@walbrook/walbrook/replication";
 * import { createCodecFinder } from "@walbrook/walbrook/values";
 *
 * await using connection = await connect("postgres://app@localhost/shop");
 * const catalog = await describeTypes(connection, [16385]);
 * const codecFor = createCodecFinder({ catalog });
 * console.log(codecFor(16385).fromText("(1,x)"));
 * ```
 *
 * @param connection A connection to the database that is not streaming.
 * @param typeOids The types' OIDs, as in relation messages.
 * @param options A signal that cancels the query.
 * @returns The catalog's current descriptions, for `createCodecFinder`. Built-in types that
 * need no description are omitted.
 * @throws {PostgresError} If the server rejects the query.
 */
export async function describeTypes(
  connection: ReplicationConnection,
  typeOids: readonly number[],
  options: CommandOptions = {},
): Promise<TypeDescription[]> {
  const results = await connection.query(typeQuery(typeOids, []), options);
  return (results.at(-1)?.rows ?? []).flatMap(readTypeRow);
}
