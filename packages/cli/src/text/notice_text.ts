import type { PostgresErrorFields } from "@walbrook/walbrook/replication";
import { oneLine } from "./terminal_text.ts";

/** Formats a notice of the server as a line. */
export function describeNotice(
  { severity, message, code }: PostgresErrorFields,
): string {
  return oneLine(`${severity}: ${message} (SQLSTATE ${code})`);
}
