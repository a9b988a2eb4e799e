/**
 * The meaning of a response.
 *
 * - `"done"`: the receiver has the changes.
 * - `"retry"`: it could not accept them now.
 * - `"refused"`: it will never accept them.
 * - `"end"`: it accepts nothing more at this address.
 */
export type WebhookVerdict = "done" | "retry" | "refused" | "end";

// Request Timeout, Too Early, Too Many Requests: RFC 9110, RFC 8470, RFC 6585.
const RETRY: readonly number[] = [408, 425, 429];
// Statuses that would affect all requests, whatever their content: Unauthorized, Forbidden,
// Not Found, Method Not Allowed, Gone.
const END: readonly number[] = [401, 403, 404, 405, 410];

/** Judges a response by its status. Redirects are not followed, and end the delivery. */
export function judgeStatus(status: number): WebhookVerdict {
  if (status >= 200 && status < 300) return "done";
  if (status >= 500 || RETRY.includes(status)) return "retry";
  if (status < 400 || END.includes(status)) return "end";
  return "refused";
}

// Limits how long a receiver can stop the delivery by mistake.
const LONGEST_RETRY_AFTER_MS = 3_600_000;

/**
 * Parses the header `Retry-After`.
 *
 * Source: RFC 9110, "Retry-After".
 *
 * @param text Seconds, or a date.
 * @param now The time, in milliseconds since 1970-01-01 UTC.
 * @returns Milliseconds from now; 0 without the header, and at most an hour.
 */
export function retryAfterMs(text: string | null, now: number): number {
  if (text === null) return 0;
  // The date in a header begins with the day of the week.
  const milliseconds = /^\d+$/.test(text)
    ? Number(text) * 1000
    : /^\w+, /.test(text)
    ? Date.parse(text) - now
    : 0;
  if (!(milliseconds > 0)) return 0;
  return Math.min(milliseconds, LONGEST_RETRY_AFTER_MS);
}
