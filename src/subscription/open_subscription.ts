import { useDecoder } from "../bytes/decode_utf8.ts";
import { untilAborted } from "../deadline.ts";
import {
  isUnconverted,
  UNCONVERTED,
} from "../connection/session_parameters.ts";
import type { ConnectionSettings } from "../connection/connection_settings.ts";
import type { ConnectionTarget } from "../connection/connection_targets.ts";
import { resolveConnection } from "../connection/resolve_connection.ts";
import type { Dial, Environment } from "../socket/socket.ts";
import { oneByOne } from "../preflight/checkpoint.ts";
import type { ReplicationEvent } from "../events/event.ts";
import { openLink } from "./link/open_link.ts";
import {
  publicationNames,
  type SubscribeOptions,
} from "./subscribe_options.ts";
import type { PgoutputRequest } from "../preflight/pgoutput_request.ts";
import { slotOptions } from "../preflight/slot_options.ts";
import { bufferOptions, wantsStreaming } from "./streaming.ts";
import { Subscription } from "./views/subscription.ts";
import type { SubscriptionSource } from "./views/subscription_source.ts";
import type { CopyParts, CreateCopy } from "./snapshot.ts";
import type { SlotGuard } from "./guard/slot_guard.ts";
import { ProgressTracker } from "./progress_tracker.ts";
import { countReason } from "./progress/tally.ts";
import { Supervisor } from "./supervisor.ts";
import { warnOnce } from "../warning.ts";

/** What a subscription uses of the runtime. */
export interface RuntimeBinding {
  /** Opens connections. */
  readonly dial: Dial;
  /** Environment variables and files. */
  readonly environment: Environment;
}

/**
 * Connects, checks the server's configuration, and starts the stream.
 *
 * @param options What to subscribe to.
 * @param runtime The source of sockets and environment variables, which may still be loading.
 */
export async function openSubscription<Event = ReplicationEvent>(
  options: SubscribeOptions,
  runtime: RuntimeBinding | Promise<RuntimeBinding>,
): Promise<Subscription<Event>> {
  // Mistakes of the caller are reported before connecting.
  await refuseWrongOptions(options);
  const loading = loadDecoding();
  const { dial, environment } = await runtime;
  const slot = slotOptions(options.slot);
  const pgoutput = pgoutputRequest(options, await publicationsOf(options));
  const buffering = bufferOptions(options, environment);
  if (environment.decodeText !== undefined) useDecoder(environment.decodeText);
  const { signal, onNotice = ignore, onWarning = ignore } = options;
  const settings = await untilAborted(
    resolveConnection(options.connection, environment),
    signal,
  );
  const tracker = new ProgressTracker();
  const closed = new AbortController();
  const active = new ActiveServer(settings);
  const server = { dial, settings: () => active.settings, onNotice };
  const warn = warnOnce(onWarning);
  // Tries out a temporary file while the decoders load: both take about as long.
  const wanting = wantsStreaming(options, buffering);
  const { createDecoding, bufferStreamed } = await loading;
  const decoding = await createDecoding({
    ...{ ...pgoutput, plugin: options.plugin, types: options.types ?? {} },
    catalog: options.typeLookup === false
      ? null
      : { ...server, signal: closed.signal },
    onBadValue: (value) => {
      tracker.tally.badValues++;
      options.onBadValue?.(value);
    },
    ...{ warn, signal: closed.signal },
  }).finally(() => untilAborted(wanting, signal));
  const { assembler, decoder, plugin } = decoding;
  const streaming = await wanting;
  const copying: CopyParts = {
    ...{ options, assembler, environment, warn },
    reader: { ...server, publications: pgoutput.publications },
  };
  const guards = options.slotGuard === undefined ? null : await loadGuard();
  let guard: SlotGuard | null = null;
  const supervisor = await Supervisor.open({
    openLink,
    plan: {
      ...{ dial, settings, slot, plugin, onNotice, warn },
      pgoutput: { ...pgoutput, streaming },
      bufferTransactions: plugin?.bufferTransactions ??
        (streaming ? bufferStreamed : null),
      buffering,
      store: options.checkpoint ? oneByOne(options.checkpoint) : null,
      continuePastGaps: options.gaps === "event",
      acceptTimeline: options.acceptTimeline ?? false,
      catalog: decoding.relations,
      onLogin: async (parameters) => {
        if (!isUnconverted(parameters)) return;
        active.leaveUnconverted();
        const { UNCONVERTED_TEXT } = await import(
          "../values/text/unconverted_text.ts"
        );
        assembler.decoders.readText(UNCONVERTED_TEXT);
      },
      onConnect: (target) => active.follow(target),
    },
    ...{ decoder, signal, tracker },
    retry: options.retry === false ? null : options.retry ?? {},
    startLsn: options.startLsn,
    until: options.until === "snapshot" ? null : options.until ?? null,
    onGap: (gap) => {
      countReason(tracker.tally.gaps, gap.reason);
      options.onGap?.(gap);
    },
    onShutDown: async () => await guard?.stop(),
    createCopy: options.snapshot === undefined
      ? async (checkpoint) => await (await loadCopy(copying))(checkpoint)
      : await loadCopy(copying),
    copiesAtStart: options.snapshot !== undefined,
    onStatus: (status) => {
      if (status.state === "closed") closed.abort();
      tracker.note(status);
      options.onStatus?.(status);
    },
  });
  if (guards !== null && supervisor.status.state !== "closed") {
    guard = new guards.SlotGuard({
      options: options.slotGuard ?? {},
      slot: slot.name,
      server,
      onWalEnd: (walEnd) => {
        tracker.noteWalEnd(walEnd, supervisor.link);
        supervisor.link.requestReply();
      },
      onDrop: () => supervisor.fail(() => guard?.error),
    });
    guard.start();
  }
  return new Subscription<Event>(
    sourceOf(supervisor, { tracker, guard, options }),
  );
}

async function publicationsOf(
  options: SubscribeOptions,
): Promise<readonly string[]> {
  const { plugin } = options;
  if (plugin === undefined) return publicationNames(options);
  const { checkPluginOptions } = await import("./wrong_options.ts");
  checkPluginOptions(plugin, options);
  return [];
}

function pgoutputRequest(
  options: SubscribeOptions,
  publications: readonly string[],
): Omit<PgoutputRequest, "streaming"> {
  return {
    publications,
    messages: options.messages ?? true,
    binary: options.binary ?? false,
    origin: options.origin,
    twoPhase: options.twoPhase ?? false,
    protocolVersion: options.protocolVersion,
  };
}

/** The server that sends the stream: of several, catalog queries go to that one too. */
class ActiveServer {
  settings: ConnectionSettings;
  readonly #wanted: ConnectionSettings;

  constructor(wanted: ConnectionSettings) {
    this.settings = wanted;
    this.#wanted = wanted;
  }

  follow(target: ConnectionTarget): void {
    this.settings = { ...this.#wanted, targets: [target] };
  }

  leaveUnconverted(): void {
    const parameters = { ...this.settings.parameters, ...UNCONVERTED };
    this.settings = { ...this.settings, parameters };
  }
}

function sourceOf(
  supervisor: Supervisor,
  { tracker, guard, options }: {
    readonly tracker: ProgressTracker;
    readonly guard: SlotGuard | null;
    readonly options: SubscribeOptions;
  },
): SubscriptionSource {
  return {
    next: () => supervisor.next(),
    onLoss: (drop) => supervisor.onLoss(drop),
    acknowledge: (endLsn) => supervisor.acknowledge(endLsn),
    checkpointAfter: (unit) => supervisor.link.checkpointAfter(unit),
    finish: () => supervisor.finish(),
    close: () => supervisor.close(),
    progress: () => tracker.progress(supervisor.link),
    counts: () => tracker.counts(supervisor.link),
    slotState: () => guard?.state ?? null,
    status: () => supervisor.status,
    copy: () => supervisor.copy(),
    snapshots: () => supervisor.snapshots,
    get system() {
      return supervisor.link.system;
    },
    get parameters() {
      return supervisor.link.parameters;
    },
    get processId() {
      return supervisor.link.processId;
    },
    mode: options.acknowledge ?? "consumed",
    acknowledgeMessages: options.acknowledgeMessages ?? false,
  };
}

// Options whose values are checked where they are used, or that can't be wrong silently.
const UNCHECKED = /^(?:connection|slot|publication)$/;

async function refuseWrongOptions(
  options: SubscribeOptions | null | undefined,
): Promise<void> {
  const { connection } = options ?? {};
  const names = Object.keys(options ?? {});
  if (connection && names.every((name) => UNCHECKED.test(name))) return;
  const { refuseWrongOptions } = await import("./wrong_options.ts");
  refuseWrongOptions(options);
}

// Loads while sockets are loaded, and the settings of the connection are read.
function loadDecoding(): Promise<typeof import("./decoding.ts")> {
  const loading = import("./decoding.ts");
  // The caller that awaits it gets the error.
  loading.catch(ignore);
  return loading;
}

async function loadCopy(parts: CopyParts): Promise<CreateCopy> {
  const { copyCreator } = await import("./snapshot.ts");
  return await copyCreator(parts);
}

function loadGuard(): Promise<typeof import("./guard/slot_guard.ts")> {
  return import("./guard/slot_guard.ts");
}

function ignore(): void {}
