/**
 * Replaces the content between two comments of a Markdown page.
 *
 * @param page The page.
 * @param name The name in the comments.
 * @param content The new content between them.
 * @throws {SyntaxError} If the page has no such comments.
 */
export function insert(page: string, name: string, content: string): string {
  const begin = `<!-- ${name} -->\n`;
  const end = `\n<!-- /${name} -->`;
  const from = page.indexOf(begin);
  const to = page.indexOf(end, from);
  if (from < 0 || to < 0) {
    throw new SyntaxError(`Cannot find the place of ${name} in the page`);
  }
  return `${page.slice(0, from)}${begin}\n${content}\n${page.slice(to)}`;
}
