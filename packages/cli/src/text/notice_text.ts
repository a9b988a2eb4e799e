import type { PostgresErrorFields } from "@walbrook/walbrook";
import { oneLine } from "./terminal_text.ts";

/** A line on what the server said besides. */
export function describeNotice(
  { severity, message, code }: PostgresErrorFields,
): string {
  return oneLine(`${severity}: ${message} (SQLSTATE ${code})`);
}
