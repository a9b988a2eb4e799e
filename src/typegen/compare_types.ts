/** The differences between a generated file and the current database. */
export interface TypesComparison {
  /** Whether they are equal, apart from formatting. */
  readonly isCurrent: boolean;
  /** The different lines: `- ` from the file, `+ ` from the database. */
  readonly differences: readonly string[];
}

/**
 * Compares a generated file with the current output of `generateTypes()`. Whitespace, line
 * ends, and the punctuation that formatters change are ignored.
 *
 * @example
 * ```ts
 * import { compareTypes } from "@walbrook/walbrook/typegen";
 * import { assertEquals } from "@std/assert";
 *
 * const { isCurrent, differences } = compareTypes(
 *   "export interface Orders {\n  readonly id: bigint;\n}",
 *   "export interface Orders {\n  readonly id: bigint;\n  readonly total: string;\n}",
 * );
 * assertEquals(isCurrent, false);
 * assertEquals(differences, ["+ readonly total: string;"]);
 * ```
 *
 * @param file The content of the file.
 * @param current The output of `generateTypes()`, with the options that created the file.
 * @returns Whether they are equal, and the lines that differ.
 */
export function compareTypes(file: string, current: string): TypesComparison {
  if (squeeze(file) === squeeze(current)) {
    return { isCurrent: true, differences: [] };
  }
  const before = linesOf(file);
  const after = linesOf(current);
  return {
    isCurrent: false,
    differences: [
      ...without(before, after).map((line) => `- ${line}`),
      ...without(after, before).map((line) => `+ ${line}`),
    ],
  };
}

function squeeze(text: string): string {
  return text.replace(/^\/\/.*$/gm, "").replace(/[\s;,"'|()]+/g, "");
}

function linesOf(text: string): string[] {
  return text.split("\n").map((line) => line.trim()).filter(Boolean);
}

// Each line of the others cancels one.
function without(lines: readonly string[], others: readonly string[]) {
  const left = new Map<string, number>();
  for (const line of others) {
    const key = squeeze(line);
    left.set(key, (left.get(key) ?? 0) + 1);
  }
  return lines.filter((line) => {
    const key = squeeze(line);
    const count = left.get(key) ?? 0;
    left.set(key, count - 1);
    return count <= 0 && key !== "";
  });
}
