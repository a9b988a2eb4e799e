import { formatLsn, type Lsn, parseLsn } from "../../lsn.ts";

/** The position of a client in the stream, for `Last-Event-ID`. */
export interface ResumePoint {
  /** The service that created it: other services don't accept it. */
  readonly service: string;
  /** The channel that the client watches. */
  readonly channel: string;
  /** Everything that committed before it has been sent. */
  readonly lsn: Lsn;
}

/** Formats a position as the `id` of a server-sent event. */
export function formatResumeId({ service, channel, lsn }: ResumePoint): string {
  return `${service}-${channel}-${formatLsn(lsn)}`;
}

/** Parses a `Last-Event-ID`; `null` if it is invalid. */
export function parseResumeId(text: string): ResumePoint | null {
  const match = /^(\w{1,32})-(\w{1,32})-([\dA-F]{1,8}\/[\dA-F]{1,8})$/.exec(
    text,
  );
  if (match === null) return null;
  const [, service = "", channel = "", lsn = ""] = match;
  return { service, channel, lsn: parseLsn(lsn) };
}

/** Hashes a text (FNV-1a, twice 32 bits) to distinguish channels; not for secrets. */
export function shortHash(text: string): string {
  let a = 0x811c9dc5;
  let b = 0x01000193;
  for (let i = 0; i < text.length; i++) {
    a = Math.imul(a ^ text.charCodeAt(i), 0x01000193);
    b = Math.imul(b ^ text.charCodeAt(i), 0x85ebca6b);
  }
  return ((a >>> 0).toString(36) + (b >>> 0).toString(36)).slice(0, 32);
}
