import type { ConnectionSettings } from "../../connection/connection_settings.ts";
import {
  type DeadlineTask,
  untilAborted,
  withDeadline,
} from "../../deadline.ts";
import { ConnectionError } from "../../errors.ts";
import { INVALID_LSN } from "../../lsn.ts";
import { checkpointOf } from "../../preflight/checkpoint.ts";
import { pgoutputOptionsFor } from "../../preflight/pgoutput_request.ts";
import { preflight } from "../../preflight/preflight.ts";
import { isUnconverted } from "../../connection/session_parameters.ts";
import { serverMajor } from "../../replication/server_major.ts";
import { startLogicalReplication } from "../../replication/start_replication.ts";
import { openSession } from "../../session/open_session.ts";
import { BrokenStart } from "./link_ending.ts";
import type { LinkPlan, LinkProgress } from "./link_plan.ts";
import { ReplicationLink } from "./replication_link.ts";

/** The timeout for requests that a server answers immediately. */
const ANSWER_DEADLINE_MS = 60_000;

/**
 * Connects, checks the server's configuration, and starts the stream.
 *
 * @param plan The options that stay the same for all links.
 * @param progress The progress of the previous links.
 */
export async function openLink(
  plan: LinkPlan,
  progress: LinkProgress,
): Promise<ReplicationLink> {
  const { dial, settings, signal, onNotice, slot, plugin } = plan;
  let activeServer: ConnectionSettings = settings;
  const session = await openSession({
    dial,
    settings,
    replication: "database",
    // The preflight does.
    asksForPins: true,
    signal,
    onNotice,
    onConnect: (target) => {
      activeServer = { ...settings, targets: [target] };
      plan.onConnect(target);
    },
  });
  try {
    await plan.onLogin(session.parameters);
    if (progress.ledger === null) await progress.copy?.prepare();
    const major = serverMajor(session.parameters);
    const warning = plugin?.warningFor(major) ?? null;
    if (warning !== null) plan.warn(warning);
    const binary = plan.pgoutput.binary && !isUnconverted(session.parameters);
    const pluginOptions = plugin?.options ??
      await pgoutputOptionsFor({ ...plan.pgoutput, binary }, major);
    const timeoutMs = ANSWER_DEADLINE_MS;
    const inTime = <T>(ask: DeadlineTask<T>) =>
      withDeadline({ signal, timeoutMs, timeoutError: noAnswer }, ask);
    const found = await inTime((signal, stopClock) =>
      preflight(session, {
        slot,
        plugin: plugin?.name ?? "pgoutput",
        publications: plan.pgoutput.publications,
        binary,
        catalog: plan.catalog,
        twoPhase: plan.pgoutput.twoPhase,
        startLsn: progress.startLsn,
        checkpoint: progress.checkpoint,
        delivered: progress.ledger?.lastEnd ?? INVALID_LSN,
        skip: progress.skip,
        acceptTimeline: plan.acceptTimeline,
        continuePastGaps: plan.continuePastGaps,
        signal,
        stopClock,
      })
    );
    const { synchronous, binaryObstacle } = found;
    if (synchronous !== null) plan.warn(synchronous);
    if (binaryObstacle !== null) plan.warn(binaryObstacle);
    // A first start. A start after a gap is stored when the consumer knows of the gap.
    const { start: lsn, gap } = found;
    const { checkpoint, copy } = progress;
    if (gap === null && lsn !== checkpoint?.lsn) {
      const snapshot = copy?.progress.stateAt(lsn) ?? checkpoint?.snapshot;
      const first = checkpointOf(lsn, found.system, snapshot);
      await untilAborted(plan.store?.save(first), signal);
    }
    const command = startLogicalReplication({
      kind: "logical",
      slot: slot.name,
      start: found.start,
      pluginOptions: binaryObstacle === null
        ? pluginOptions
        : withoutBinary(pluginOptions),
    });
    const stream = await inTime((signal) =>
      session.copyBoth(command, { signal }).catch((error) => {
        throw error instanceof ConnectionError ? new BrokenStart(error) : error;
      })
    );
    const isBinary = binary && binaryObstacle === null;
    const parts = { plan, progress, session, found, stream };
    return new ReplicationLink({ ...parts, activeServer, isBinary });
  } catch (error) {
    await session.close();
    throw error;
  }
}

function noAnswer(): ConnectionError {
  return new ConnectionError(
    `The server has not answered within ${
      ANSWER_DEADLINE_MS / 1000
    } s after the login, before the stream could begin`,
  );
}

function withoutBinary(
  { binary: _, ...others }: Readonly<Record<string, string>>,
): Record<string, string> {
  return others;
}
