/**
 * Writes a table in Markdown, with its columns aligned: the first to the left, the others
 * to the right.
 *
 * @param rows The rows, the first of which is the head.
 */
export function markdownTable(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows;
  const widths = head.map((_, at) =>
    Math.max(3, ...rows.map((row) => row[at]?.length ?? 0))
  );
  const line = (cells: readonly string[]) =>
    `| ${
      widths.map((width, at) =>
        at === 0
          ? (cells[at] ?? "").padEnd(width)
          : (cells[at] ?? "").padStart(width)
      ).join(" | ")
    } |`;
  const rule = `| ${
    widths.map((width, at) =>
      at === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`
    ).join(" | ")
  } |`;
  return [line(head), rule, ...body.map(line)].join("\n");
}
