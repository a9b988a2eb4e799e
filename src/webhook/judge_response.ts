/**
 * What an answer says of a request.
 *
 * - `"done"`: the changes are with the receiver.
 * - `"retry"`: it could not take them now.
 * - `"refused"`: it will never take them: they are poison.
 * - `"end"`: it takes nothing more at this address.
 */
export type WebhookVerdict = "done" | "retry" | "refused" | "end";

// Request Timeout, Too Early, Too Many Requests: RFC 9110, RFC 8470, RFC 6585.
const RETRY: readonly number[] = [408, 425, 429];
// What is wrong with all requests, whatever they hold: Unauthorized, Forbidden, Not Found,
// Method Not Allowed, Gone.
const END: readonly number[] = [401, 403, 404, 405, 410];

/** Judges an answer by its status. Redirects are not followed, and end the delivery. */
export function judgeStatus(status: number): WebhookVerdict {
  if (status >= 200 && status < 300) return "done";
  if (status >= 500 || RETRY.includes(status)) return "retry";
  if (status < 400 || END.includes(status)) return "end";
  return "refused";
}

// A receiver may not stop the delivery for longer by a slip.
const LONGEST_RETRY_AFTER_MS = 3_600_000;

/**
 * Reads the header `Retry-After`.
 *
 * Source: RFC 9110, "Retry-After".
 *
 * @param text Seconds, or a date.
 * @param now The time, in milliseconds since 1970-01-01 UTC.
 * @returns Milliseconds from now; 0 if there is no such header, and an hour at the most.
 */
export function retryAfterMs(text: string | null, now: number): number {
  if (text === null) return 0;
  // The date of a header begins with the day of the week.
  const milliseconds = /^\d+$/.test(text)
    ? Number(text) * 1000
    : /^\w+, /.test(text)
    ? Date.parse(text) - now
    : 0;
  if (!(milliseconds > 0)) return 0;
  return Math.min(milliseconds, LONGEST_RETRY_AFTER_MS);
}
