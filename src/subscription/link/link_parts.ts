import type { ConnectionSettings } from "../../connection/connection_settings.ts";
import type { Preflight } from "../../preflight/preflight.ts";
import type { CopyBoth } from "../../session/copy_both.ts";
import type { Session } from "../../session/session.ts";
import type { LinkPlan, LinkProgress } from "./link_plan.ts";

/** The parts of a {@linkcode ReplicationLink}. */
export interface LinkParts {
  /** The options that stay the same for all links. */
  readonly plan: LinkPlan;
  /** The progress of the previous links. */
  readonly progress: LinkProgress;
  /** The connection. */
  readonly session: Session;
  /** What is known about the server. */
  readonly found: Preflight;
  /** The stream. */
  readonly stream: CopyBoth;
  /** The server that was chosen, and the credentials. */
  readonly activeServer: ConnectionSettings;
  /** Whether values come in binary format. */
  readonly isBinary: boolean;
}
