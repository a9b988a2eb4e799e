import { sqlLiteral } from "../../catalog/sql_literal.ts";

/** The values of a check's parameters. */
export interface CheckParameters {
  /** The slot; `null` for none. */
  readonly slot: string | null;
  /** The publications. */
  readonly publications: readonly string[];
  /** The output plugin. */
  readonly plugin: string;
  /** The port that was dialled. */
  readonly port: number;
  /** The process id that the login named. */
  readonly pid: number;
  /** Whether a replication connection could be opened. */
  readonly walsender: boolean;
  /** The time here, as ISO 8601. */
  readonly now: string;
  /** The age from which a transaction counts as long, in seconds. */
  readonly long: number;
}

const PARAMETER = /(?<!:):([a-z]+)\b/g;

/**
 * Writes the parameters into a check's SQL, as literals.
 *
 * @throws {TypeError} If a value contains a zero byte.
 */
export function bindParameters(
  sql: string,
  parameters: CheckParameters,
): string {
  return sql.replace(PARAMETER, (text, name: string) => {
    if (!Object.hasOwn(parameters, name)) return text;
    return literal(parameters[name as keyof CheckParameters]);
  });
}

function literal(value: CheckParameters[keyof CheckParameters]): string {
  if (value === null) return "NULL::text";
  if (typeof value === "string") return `${sqlLiteral(value)}::text`;
  if (typeof value === "object") {
    return `ARRAY[${value.map((text) => sqlLiteral(text)).join(", ")}]::text[]`;
  }
  return String(value);
}
