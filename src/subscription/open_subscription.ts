import type { OutputPlugin } from "../output_plugin/output_plugin.ts";
import { useDecoder } from "../bytes/decode_text.ts";
import { untilAborted } from "../deadline.ts";
import {
  isUnconverted,
  UNCONVERTED,
} from "../connection/session_parameters.ts";
import { resolveConnection } from "../connection/resolve_connection.ts";
import type { Dial, Environment, OpenTemporaryFile } from "../socket/socket.ts";
import type { BufferOptions } from "../reassembly/buffered_transactions.ts";
import type { AllTypesOptions } from "../catalog/all_types.ts";
import { oneByOne } from "../preflight/checkpoint.ts";
import { CommonTypes } from "../catalog/common_types.ts";
import type {
  RelationCatalog,
  RelationCatalogOptions,
} from "../catalog/relation_catalog.ts";
import type { ReplicationEvent } from "../events/event.ts";
import { EventAssembler } from "../assembly/event_assembler.ts";
import { openLink } from "./link/open_link.ts";
import type {
  BufferTransactions,
  TranslatedPlugin,
  TranslatedPluginParts,
} from "./link/translated_plugin.ts";
import { PgoutputChangeDecoder } from "../assembly/pgoutput_change_decoder.ts";
import {
  publicationNames,
  type SubscribeOptions,
} from "./subscribe_options.ts";
import { refuseWrongOptions } from "./wrong_options.ts";
import { slotOptions } from "../preflight/slot_options.ts";
import type { OnBadValue } from "../rows/row_decoder.ts";
import type { RelationTypes } from "../rows/relation_types.ts";
import { Subscription } from "./views/subscription.ts";
import type { CopyParts, CreateCopy } from "./snapshot.ts";
import type { SlotGuard } from "./guard/slot_guard.ts";
import { ProgressTracker } from "./progress_tracker.ts";
import { countReason } from "./progress/tally.ts";
import { Supervisor } from "./supervisor.ts";
import { warnOnce } from "../warning.ts";

const DEFAULT_MEMORY_LIMIT_BYTES = 2 ** 21;
/** Without temporary files, a transaction that needs more ends the subscription. */
const MEMORY_LIMIT_WITHOUT_FILES_BYTES = 2 ** 23;

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
 * @param runtime The source of sockets and environment variables.
 */
export async function openSubscription<Event = ReplicationEvent>(
  options: SubscribeOptions,
  { dial, environment }: RuntimeBinding,
): Promise<Subscription<Event>> {
  // Mistakes of the caller are reported before connecting.
  refuseWrongOptions(options);
  const slot = slotOptions(options.slot);
  const publications = options.plugin === undefined
    ? publicationNames(options)
    : await noPublications(options.plugin, options);
  const holding = holdingOptions(options, environment);
  if (environment.decodeText !== undefined) useDecoder(environment.decodeText);
  const { signal } = options;
  const settings = await untilAborted(
    resolveConnection(options.connection, environment),
    signal,
  );
  const onNotice = options.onNotice ?? ignore;
  const onStatus = options.onStatus ?? ignore;
  const tracker = new ProgressTracker();
  const onBadValue: OnBadValue = (value) => {
    tracker.tally.badValues++;
    options.onBadValue?.(value);
  };
  const binary = options.binary ?? false;
  const messages = options.messages ?? true;
  const closed = new AbortController();
  // With several servers, catalog queries go to the one that sends the stream.
  let activeServer = settings;
  const catalog = options.typeLookup === false
    ? null
    : { dial, settings: () => activeServer, signal: closed.signal, onNotice };
  const types = await relationTypes({
    types: options.types ?? {},
    binary,
    catalog,
    publications,
    onBadValue,
    signal: closed.signal,
  });
  const relations = catalog &&
    loadRelationCatalog({ ...catalog, publications });
  const warn = warnOnce(options.onWarning ?? ignore);
  const assembler = new EventAssembler({
    ...{ types, onBadValue, warn },
    catalog: relations,
  });
  const other = options.plugin === undefined
    ? null
    : await loadPlugin(options.plugin, {
      ...{ assembler, messages, catalog },
      relations,
    });
  const streaming = await untilAborted(
    wantsStreaming(options, holding),
    signal,
  );
  const copying: CopyParts = {
    ...{ options, assembler, environment, warn },
    reader: {
      ...{ dial, onNotice, publications },
      settings: () => activeServer,
    },
  };
  const guardRoom = options.slotGuard === undefined ? null : await loadGuard();
  let guard: SlotGuard | null = null;
  const supervisor = await Supervisor.open({
    openLink,
    plan: {
      dial,
      settings,
      slot,
      plugin: other,
      pgoutput: {
        publications,
        messages,
        binary,
        origin: options.origin,
        streaming,
        twoPhase: options.twoPhase ?? false,
        protocolVersion: options.protocolVersion,
      },
      bufferTransactions: other?.bufferTransactions ??
        (streaming ? await loadReassembly() : null),
      holding,
      store: options.checkpoint ? oneByOne(options.checkpoint) : null,
      continuePastGaps: options.gaps === "event",
      acceptTimeline: options.acceptTimeline ?? false,
      onNotice,
      warn,
      catalog: relations,
      onLogin: async (parameters) => {
        if (!isUnconverted(parameters)) return;
        activeServer = {
          ...activeServer,
          parameters: { ...activeServer.parameters, ...UNCONVERTED },
        };
        const { UNCONVERTED_TEXT } = await import(
          "../values/text/unconverted_text.ts"
        );
        assembler.decoders.readText(UNCONVERTED_TEXT);
      },
      onConnect: (target) => {
        activeServer = { ...settings, targets: [target] };
      },
    },
    decoder: other?.decoder ?? new PgoutputChangeDecoder(assembler),
    retry: options.retry === false ? null : options.retry ?? {},
    startLsn: options.startLsn,
    until: options.until === "snapshot" ? null : options.until ?? null,
    signal,
    onGap: (gap) => {
      countReason(tracker.tally.gaps, gap.reason);
      options.onGap?.(gap);
    },
    tracker,
    onShutDown: async () => await guard?.stop(),
    createCopy: options.snapshot === undefined
      ? async (checkpoint) => await (await loadCopy(copying))(checkpoint)
      : await loadCopy(copying),
    copiesAtStart: options.snapshot !== undefined,
    onStatus: (status) => {
      if (status.state === "closed") closed.abort();
      tracker.note(status);
      onStatus(status);
    },
  });
  if (guardRoom !== null && supervisor.status.state !== "closed") {
    guard = new guardRoom.SlotGuard({
      options: options.slotGuard ?? {},
      slot: slot.name,
      server: { dial, settings: () => activeServer, onNotice },
      onWalEnd: (walEnd) => {
        tracker.noteWalEnd(walEnd, supervisor.link);
        supervisor.link.requestReply();
      },
      onDrop: () => supervisor.fail(() => guard?.error),
    });
    guard.start();
  }
  return new Subscription<Event>({
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
  });
}

// Resolves how to buffer transactions that have not ended.
function holdingOptions(
  { streaming }: SubscribeOptions,
  environment: Environment,
): BufferOptions {
  const wanted = typeof streaming === "object" ? streaming : {};
  const openTemporaryFile = wanted.openTemporaryFile ??
    environment.openTemporaryFile ?? null;
  const usual = openTemporaryFile === null
    ? MEMORY_LIMIT_WITHOUT_FILES_BYTES
    : DEFAULT_MEMORY_LIMIT_BYTES;
  const { memoryLimit = usual } = wanted;
  if (!(memoryLimit >= 0)) {
    throw new RangeError(
      `Cannot buffer ${memoryLimit} bytes in memory: expected a number of at least 0`,
    );
  }
  return { memoryLimit, openTemporaryFile };
}

// Whether to ask pgoutput for transactions that have not ended.
async function wantsStreaming(
  { streaming, protocolVersion, plugin }: SubscribeOptions,
  { openTemporaryFile }: BufferOptions,
): Promise<boolean> {
  if (plugin !== undefined) return false;
  if (streaming !== undefined) return streaming !== false;
  if (openTemporaryFile === null || protocolVersion === 1) return false;
  return await canOpen(openTemporaryFile);
}

// Better to find out now that the system's temporary directory isn't writable than in the
// middle of a transaction.
async function canOpen(openTemporaryFile: OpenTemporaryFile): Promise<boolean> {
  try {
    const file = await openTemporaryFile();
    // On a full disk, creating a file succeeds but writing to it fails.
    await file.write(new Uint8Array(4096), 0).finally(() => file.close());
    return true;
  } catch {
    return false;
  }
}

// Loads while the connection is being opened.
function loadRelationCatalog(
  options: RelationCatalogOptions,
): Promise<RelationCatalog> {
  const loading = import("../catalog/relation_catalog.ts")
    .then(({ RelationCatalog }) => new RelationCatalog(options));
  // The caller that awaits it gets the error.
  loading.catch(ignore);
  return loading;
}

async function relationTypes(options: AllTypesOptions): Promise<RelationTypes> {
  const load = async () => {
    const { allTypes } = await import("../catalog/all_types.ts");
    return await allTypes(options);
  };
  const isCommon = !options.binary && Object.keys(options.types).length === 0;
  return isCommon ? new CommonTypes(load) : await load();
}

async function noPublications(
  plugin: OutputPlugin,
  options: SubscribeOptions,
): Promise<readonly string[]> {
  const { checkPluginOptions } = await import("./plugin_options.ts");
  checkPluginOptions(plugin, options);
  return [];
}

async function loadPlugin(
  plugin: OutputPlugin,
  parts: TranslatedPluginParts,
): Promise<TranslatedPlugin> {
  const { translatedPlugin } = await import("./link/translated_plugin.ts");
  return translatedPlugin(plugin, parts);
}

async function loadCopy(parts: CopyParts): Promise<CreateCopy> {
  const { copyCreator } = await import("./snapshot.ts");
  return await copyCreator(parts);
}

function loadGuard(): Promise<typeof import("./guard/slot_guard.ts")> {
  return import("./guard/slot_guard.ts");
}

async function loadReassembly(): Promise<BufferTransactions> {
  const { Reassembler } = await import("../reassembly/reassembler.ts");
  return (source, holding) => new Reassembler(source, holding);
}

function ignore(): void {}
