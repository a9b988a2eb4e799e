/**
 * Makes a text of others: cut, with parts doubled, left out or exchanged, and with
 * characters replaced by those that mean something.
 *
 * @param seeds What to begin with.
 * @param special The characters with a meaning.
 * @param random Gives whole numbers from 0 to below its argument.
 */
export function mutateText(
  seeds: readonly string[],
  special: string,
  random: (below: number) => number,
): string {
  let text = seeds[random(seeds.length)] ?? "";
  for (let times = 1 + random(2); times > 0; times--) {
    const at = random(text.length + 1);
    const length = 1 + random(5);
    const head = text.slice(0, at);
    const tail = text.slice(at + length);
    const other = seeds[random(seeds.length)] ?? "";
    const from = random(other.length + 1);
    text = [
      head,
      head + tail,
      text.slice(0, at + length) + text.slice(at),
      head + (special[random(special.length)] ?? "") + text.slice(at + 1),
      head + (special[random(special.length)] ?? "") + text.slice(at),
      head + other.slice(from),
      head + other.slice(from, from + length) + tail,
      head + String.fromCharCode(random(0x250)) + tail,
    ][random(8)] ?? text;
  }
  return text;
}
