import type { AppendFile } from "../socket/files.ts";

/** A line of a file. */
export interface FoundLine {
  /** The line, without its line feed. */
  readonly text: string;
  /** The end of the line in the file, in bytes. */
  readonly end: number;
}

const FIRST_PART = 2 ** 16;
const LINE_FEED = 0x0a;

/**
 * Reads the complete lines of a file, the last one first. Text after the last line feed is
 * not a line.
 *
 * @param file The file.
 */
export async function* linesBackward(
  file: AppendFile,
): AsyncGenerator<FoundLine> {
  const decoder = new TextDecoder();
  // The start of the part in memory, and its lines that were not returned yet.
  let start = file.size;
  let part: Uint8Array = new Uint8Array();
  let end = -1;
  for (let more = FIRST_PART; start > 0; more *= 2) {
    const from = Math.max(0, start - more);
    const before = await file.read(from, start - from);
    part = joined(before, part);
    start = from;
    end = end < 0 ? part.lastIndexOf(LINE_FEED) + 1 : end + before.length;
    if (end === 0) {
      end = -1;
      continue;
    }
    for (;;) {
      // A negative index would count from the end.
      const lineStart = end < 2 ? 0 : part.lastIndexOf(LINE_FEED, end - 2) + 1;
      // The line may begin before this part.
      if (lineStart === 0 && start > 0) break;
      const text = decoder.decode(part.subarray(lineStart, end - 1));
      yield { text, end: start + end };
      if (lineStart === 0) return;
      end = lineStart;
    }
    part = part.subarray(0, end);
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(a.length + b.length);
  bytes.set(a);
  bytes.set(b, a.length);
  return bytes;
}
