/** A value that a real server has sent, in both formats. */
export interface GoldenValue {
  /** Its type, as SQL calls it. */
  readonly type: string;
  /** What was written into the database. */
  readonly sql: string;
  /** The OID of its type. */
  readonly typeOid: number;
  /** The value in text format. */
  readonly text: string;
  /** The value in binary format. */
  readonly hex: string;
}

/** Reads all of them. */
export function readGoldenValues(): GoldenValue[] {
  const path = new URL("values.json", import.meta.url);
  return JSON.parse(Deno.readTextFileSync(path));
}
