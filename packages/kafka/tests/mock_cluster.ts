const LIBRARIES = ["librdkafka.so.1", "librdkafka.1.dylib"];

const SYMBOLS = {
  rd_kafka_conf_new: { parameters: [], result: "pointer" },
  rd_kafka_conf_set: {
    parameters: ["pointer", "buffer", "buffer", "buffer", "usize"],
    result: "i32",
  },
  rd_kafka_new: {
    parameters: ["i32", "pointer", "buffer", "usize"],
    result: "pointer",
  },
  rd_kafka_destroy: { parameters: ["pointer"], result: "void" },
  rd_kafka_mock_cluster_new: {
    parameters: ["pointer", "i32"],
    result: "pointer",
  },
  rd_kafka_mock_cluster_destroy: { parameters: ["pointer"], result: "void" },
  rd_kafka_mock_cluster_bootstraps: {
    parameters: ["pointer"],
    result: "pointer",
  },
  rd_kafka_mock_topic_create: {
    parameters: ["pointer", "buffer", "i32", "i32"],
    result: "i32",
  },
  rd_kafka_mock_push_request_errors_array: {
    parameters: ["pointer", "i16", "usize", "buffer"],
    result: "void",
  },
  rd_kafka_mock_broker_set_down: {
    parameters: ["pointer", "i32"],
    result: "i32",
  },
  rd_kafka_mock_broker_set_up: {
    parameters: ["pointer", "i32"],
    result: "i32",
  },
} as const;

type Library = Deno.DynamicLibrary<typeof SYMBOLS>;

function open(): Library | null {
  for (const name of LIBRARIES) {
    try {
      return Deno.dlopen(name, SYMBOLS);
    } catch {
      // Another one may be there.
    }
  }
  return null;
}

/** Whether librdkafka is on this machine. */
export const HAS_LIBRDKAFKA: boolean = (() => {
  const library = open();
  library?.close();
  return library !== null;
})();

if (!HAS_LIBRDKAFKA) {
  console.error(
    "SKIPPED: the tests of @walbrook/kafka need librdkafka, which is not on this machine (Debian: apt-get install librdkafka1)",
  );
}

const PRODUCER = 0;
const PRODUCE = 0;

/** What a Produce request can be answered with. */
export const ERRORS = {
  notLeaderForPartition: 6,
  requestTimedOut: 7,
  messageTooLarge: 10,
  notEnoughReplicas: 19,
  /** No answer: the connection is closed. */
  disconnect: -195,
} as const;

const text = (value: string) => new TextEncoder().encode(`${value}\0`);

/** The mock cluster of librdkafka: brokers that speak Kafka's protocol, and fail on demand. */
export class MockCluster implements Disposable {
  /** The addresses of the brokers. */
  readonly brokers: string[];
  readonly #library: Library;
  readonly #handle: Deno.PointerValue;
  readonly #cluster: Deno.PointerValue;

  constructor(brokers: number, topics: Readonly<Record<string, number>>) {
    const { symbols } = this.#library = open()!;
    const conf = symbols.rd_kafka_conf_new();
    const said = new Uint8Array(512);
    symbols.rd_kafka_conf_set(conf, text("log_level"), text("0"), said, 512n);
    this.#handle = symbols.rd_kafka_new(PRODUCER, conf, said, 512n);
    this.#cluster = symbols.rd_kafka_mock_cluster_new(this.#handle, brokers);
    const addresses = symbols.rd_kafka_mock_cluster_bootstraps(this.#cluster);
    this.brokers = Deno.UnsafePointerView.getCString(addresses!).split(",");
    for (const [topic, partitions] of Object.entries(topics)) {
      symbols.rd_kafka_mock_topic_create(
        this.#cluster,
        text(topic),
        partitions,
        1,
      );
    }
  }

  /** Has the next requests that write answered with errors. */
  failWrites(...errors: readonly number[]): void {
    this.#library.symbols.rd_kafka_mock_push_request_errors_array(
      this.#cluster,
      PRODUCE,
      BigInt(errors.length),
      new Int32Array(errors),
    );
  }

  /** Closes all connections of a broker, and lets nobody connect. */
  down(broker: number): void {
    this.#library.symbols.rd_kafka_mock_broker_set_down(this.#cluster, broker);
  }

  /** Lets clients connect again. */
  up(broker: number): void {
    this.#library.symbols.rd_kafka_mock_broker_set_up(this.#cluster, broker);
  }

  [Symbol.dispose](): void {
    this.#library.symbols.rd_kafka_mock_cluster_destroy(this.#cluster);
    this.#library.symbols.rd_kafka_destroy(this.#handle);
    this.#library.close();
  }
}
