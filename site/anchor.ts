/**
 * Makes the anchor of a heading, as GitHub does: a link then holds there and on the site.
 *
 * @param heading The heading's Markdown, without the marks in front.
 * @param seen How often each anchor occurred before on the page. It is counted on.
 * @returns The anchor, with a number behind it where the page has the same one already.
 */
export function anchorOf(heading: string, seen: Map<string, number>): string {
  const anchor = heading.toLowerCase().trim()
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, "")
    .replaceAll(" ", "-");
  const times = seen.get(anchor) ?? 0;
  seen.set(anchor, times + 1);
  return times === 0 ? anchor : `${anchor}-${times}`;
}
