// The manual's names ("Logical Replication Message Formats").
const NAMES: ReadonlyMap<number, string> = new Map([
  "Begin (B)",
  "Commit (C)",
  "Origin (O)",
  "Relation (R)",
  "Type (Y)",
  "Insert (I)",
  "Update (U)",
  "Delete (D)",
  "Truncate (T)",
  "Message (M)",
  "Stream Start (S)",
  "Stream Stop (E)",
  "Stream Commit (c)",
  "Stream Abort (A)",
  "Begin Prepare (b)",
  "Prepare (P)",
  "Commit Prepared (K)",
  "Rollback Prepared (r)",
  "Stream Prepare (p)",
].map((name) => [name.charCodeAt(name.length - 2), `pgoutput's ${name}`]));

/** The name and letter of a message, for errors, by its type byte. */
export function messageName(type: number | undefined): string {
  return NAMES.get(type ?? -1) ?? "pgoutput message";
}
