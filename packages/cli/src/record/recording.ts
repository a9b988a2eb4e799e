import { type FileHandle, open } from "node:fs/promises";
import type { ReplicationEvent } from "@walbrook/walbrook";
import {
  deserializeEvent,
  serializeEvent,
  version,
} from "@walbrook/walbrook/encode";

/** Formats an event as a line of a recording. */
export function recordingLine(event: ReplicationEvent): string {
  const id = versionOf(event);
  const head = id === null ? "" : `"version":"${id}",`;
  return `{${head}"event":${serializeEvent(event)}}\n`;
}

function versionOf(event: ReplicationEvent): string | null {
  switch (event.kind) {
    case "insert":
    case "update":
    case "delete":
    case "truncate":
    case "message":
    case "read":
      return version(event);
    default:
      return null;
  }
}

/**
 * Parses a line of a recording.
 *
 * @throws {SyntaxError} If it is invalid.
 */
function readRecordingLine(line: string): ReplicationEvent {
  const parsed: unknown = JSON.parse(line);
  if (typeof parsed === "object" && parsed !== null && "event" in parsed) {
    return deserializeEvent(JSON.stringify(parsed.event));
  }
  throw new SyntaxError(`Cannot read "${line.slice(0, 60)}" as an event`);
}

/**
 * Reads the events of a recording.
 *
 * @param path The file.
 * @returns The events, each with the position in the file after its line.
 * @throws {Error} If the file can't be opened.
 * @throws {SyntaxError} If a complete line can't be parsed, or if the file is not a recording.
 */
export async function* readRecording(
  path: string,
): AsyncGenerator<{ readonly event: ReplicationEvent; readonly end: number }> {
  const file = await open(path, "r").catch((cause) => {
    throw new Error(`Cannot open the recording ${path}: ${cause.message}`, {
      cause,
    });
  });
  try {
    let end = 0;
    let number = 0;
    for await (const bytes of wholeLines(file, path)) {
      number++;
      end += bytes.length + 1;
      const line = DECODER.decode(bytes);
      if (line.trim() === "") continue;
      try {
        yield { event: readRecordingLine(line), end };
      } catch (cause) {
        throw new SyntaxError(`Cannot read line ${number} of ${path}`, {
          cause,
        });
      }
    }
  } finally {
    await file.close();
  }
}

const DECODER = new TextDecoder();
const LINE_FEED = 10;
const BLOCK = 65_536;

/** The beginnings of lines: of an event with a version, and of one without. */
const BEGINNINGS = ['{"version":"', '{"event":{'];

// The last line is omitted if it is incomplete. If it is the only one, its beginning tells
// whether the file is a recording, which may be continued: that removes the line.
async function* wholeLines(
  file: FileHandle,
  path: string,
): AsyncGenerator<Uint8Array> {
  let parts: Uint8Array[] = [];
  let hasLines = false;
  for (;;) {
    const block = new Uint8Array(BLOCK);
    const { bytesRead } = await file.read(block, 0, BLOCK);
    if (bytesRead === 0) break;
    let rest = block.subarray(0, bytesRead);
    for (;;) {
      const at = rest.indexOf(LINE_FEED);
      if (at < 0) break;
      hasLines = true;
      yield joined([...parts, rest.subarray(0, at)]);
      parts = [];
      rest = rest.subarray(at + 1);
    }
    if (rest.length > 0) parts.push(rest);
  }
  const rest = DECODER.decode(joined(parts));
  const isRecording = hasLines ||
    BEGINNINGS.some((one) => one.startsWith(rest.slice(0, one.length)));
  if (isRecording) return;
  throw new SyntaxError(
    `Cannot use ${path} as a recording: it is another file; name a new one, or one that record has written`,
  );
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const whole = new Uint8Array(
    parts.reduce((length, part) => length + part.length, 0),
  );
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
