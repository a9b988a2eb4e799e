/** A block of code in a Markdown page. */
export interface Block {
  /** The page's path in the repository. */
  readonly page: string;
  /** The number of its first line of code in the page, from 1. */
  readonly line: number;
  /** The text after the opening fence, such as `sh` or `ts ignore`. */
  readonly language: string;
  /** Its lines of code, each with its line end. */
  readonly code: string;
}

const FENCE = /^((?:> )? *)```(.*)$/;

/**
 * Reads the blocks of code in a page in order, including those inside quotations.
 *
 * @param page The page's path in the repository.
 * @param text The page's text.
 * @throws {SyntaxError} If a block has no end.
 */
export function blocksOf(page: string, text: string): readonly Block[] {
  const blocks: Block[] = [];
  const lines = text.split("\n");
  for (let at = 0; at < lines.length; at++) {
    const [, margin, language = ""] = FENCE.exec(lines[at] ?? "") ?? [];
    if (margin === undefined) continue;
    const end = lines.indexOf(`${margin}\`\`\``, at + 1);
    if (end < 0) {
      throw new SyntaxError(
        `Cannot find the end of the block at ${page}:${at + 1}`,
      );
    }
    const code = lines.slice(at + 1, end)
      .map((line) => line.slice(margin.length));
    blocks.push({ page, line: at + 2, language, code: `${code.join("\n")}\n` });
    at = end;
  }
  return blocks;
}

/** Returns the statements of a block of SQL, without comments. */
export function statementsOf(code: string): readonly string[] {
  return code.replaceAll(/--.*$/gm, "").split(/;\s*$/m)
    .map((statement) => statement.trim()).filter((one) => one !== "");
}
