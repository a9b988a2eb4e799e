import { PostgresError, type PostgresErrorFields } from "../errors.ts";
import type { BackendMessage } from "../wire/backend_message.ts";
import type { FrameChannel } from "../wire/frame_channel.ts";

/** The messages of a login: what may come at any time is dealt with here. */
export class LoginConversation {
  /** Every NoticeResponse so far. */
  readonly notices: PostgresErrorFields[] = [];
  readonly #channel: FrameChannel;

  /** @param channel A channel on which StartupMessage has been sent. */
  constructor(channel: FrameChannel) {
    this.#channel = channel;
  }

  /**
   * Reads the next message that carries the login on.
   *
   * @throws {PostgresError} If the server refuses.
   */
  async next(): Promise<BackendMessage> {
    for (;;) {
      const message = await this.#channel.nextMessage();
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

  /** Sends a whole message. */
  async send(message: Uint8Array): Promise<void> {
    await this.#channel.write(message);
  }
}

// Nothing newer than 3.0 is asked for, so there is nothing to give up. The number is
// a whole version, or from some middleware the bare minor one.
async function checkVersion(version: number): Promise<void> {
  const major = version >> 16;
  if (major === 3 || major === 0) return;
  const { versionUnknown } = await import("./login_refusal.ts");
  throw versionUnknown(version);
}
