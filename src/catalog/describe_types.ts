import type { ReplicationConnection } from "../replication/replication_connection.ts";
import type { CommandOptions } from "../session/session.ts";
import type { TypeDescription } from "../values/type_description.ts";
import { readTypeRow, typeQuery } from "./type_query.ts";

/**
 * Asks the catalog what types are made of: composites, enums, ranges and their like, and
 * the types that these are made of in turn. A subscription does so by itself.
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
 * @param typeOids The types' OIDs, as relation messages have them.
 * @param options A signal that cancels the question.
 * @returns What the catalog knows of them now, for `createCodecFinder`. Built-in types that
 * need no description have none.
 * @throws {PostgresError} If the server refuses.
 */
export async function describeTypes(
  connection: ReplicationConnection,
  typeOids: readonly number[],
  options: CommandOptions = {},
): Promise<TypeDescription[]> {
  const results = await connection.query(typeQuery(typeOids, []), options);
  return (results.at(-1)?.rows ?? []).flatMap(readTypeRow);
}
