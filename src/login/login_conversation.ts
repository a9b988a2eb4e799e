import {
  PostgresError,
  type PostgresErrorFields,
  ProtocolError,
} from "../errors.ts";
import type { BackendMessage } from "../wire/backend_message.ts";
import type { FrameChannel } from "../wire/frame_channel.ts";

// Far more than any login takes, and little enough to hold in memory: a real server sends
// some 20 messages of about 2 kB in total.
const MAX_LOGIN_MESSAGES = 10_000;
const MAX_LOGIN_BYTES = 2 ** 22;

/**
 * The messages of a login. Handles those that may arrive at any time, and limits what a
 * server may send before it is authenticated.
 */
export class LoginConversation {
  /** Every NoticeResponse so far. */
  readonly notices: PostgresErrorFields[] = [];
  readonly #channel: FrameChannel;
  #messages = 0;
  #bytes = 0;

  /** @param channel A channel on which StartupMessage has been sent. */
  constructor(channel: FrameChannel) {
    this.#channel = channel;
  }

  /**
   * Reads the next message that advances the login.
   *
   * @throws {PostgresError} If the server rejects the login.
   * @throws {ProtocolError} If it sends more than any login takes.
   */
  async next(): Promise<BackendMessage> {
    for (;;) {
      const message = await this.#channel.nextMessage();
      this.#count(this.#channel.lastLength);
      if (message.kind === "NoticeResponse") {
        this.notices.push(message.fields);
      } else if (message.kind === "NegotiateProtocolVersion") {
        await checkVersion(message.version);
      } else if (message.kind === "ErrorResponse") {
        throw new PostgresError(message.fields);
      } else {
        return message;
      }
    }
  }

  #count(bytes: number): void {
    this.#messages++;
    this.#bytes += bytes;
    if (
      this.#messages <= MAX_LOGIN_MESSAGES && this.#bytes <= MAX_LOGIN_BYTES
    ) {
      return;
    }
    throw new ProtocolError(
      `Cannot log in: the server sent ${this.#messages} messages with ${this.#bytes} bytes and is not ready yet; check that a PostgreSQL server listens at this address`,
    );
  }

  /** Sends a whole message. */
  async send(message: Uint8Array): Promise<void> {
    await this.#channel.write(message);
  }
}

// Only 3.0 is requested, so there is nothing to downgrade. The number is a whole version or,
// from some middleware, only the minor one.
async function checkVersion(version: number): Promise<void> {
  const major = version >> 16;
  if (major === 3 || major === 0) return;
  const { versionUnknown } = await import("./refusals.ts");
  throw versionUnknown(version);
}
