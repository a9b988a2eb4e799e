/**
 * The address of a server: a TCP port, or a unix-domain socket (libpq's "directory" host,
 * with the file name `.s.PGSQL.<port>` already appended).
 */
export type SocketAddress =
  | {
    /** A TCP address. */
    readonly transport: "tcp";
    /** Host name or IP address. */
    readonly hostname: string;
    /** Port, 1 to 65535. */
    readonly port: number;
  }
  | {
    /** A unix-domain socket. */
    readonly transport: "unix";
    /** The socket's file. */
    readonly path: string;
  };

/**
 * How {@linkcode Socket.startTls} verifies the server. An implementation must reject an
 * option that it can't honour, not ignore it.
 */
export interface TlsOptions {
  /** The name to send as SNI and, with `verify: "full"`, to require in the certificate. */
  readonly hostname: string;
  /**
   * `"none"` accepts any certificate (sslmode `prefer` and `require`), `"ca"` verifies only
   * the chain (`verify-ca`), `"full"` also the name (`verify-full`).
   */
  readonly verify: "none" | "ca" | "full";
  /**
   * Certificates to trust, in PEM, instead of the runtime's own list.
   *
   * @default {undefined} the runtime's list
   */
  readonly caCertificates?: readonly string[];
  /**
   * The certificate to present to a server that requests one.
   *
   * @default {undefined} nothing
   */
  readonly clientCertificate?: ClientCertificate;
  /**
   * Whether to send the server's name with SNI. An IP address is never sent.
   *
   * @default {true}
   */
  readonly sendServerName?: boolean;
  /**
   * The oldest version of TLS to use.
   *
   * @default {undefined} the runtime's default
   */
  readonly minVersion?: TlsVersion;
  /**
   * The newest version of TLS to use.
   *
   * @default {undefined} the runtime's default
   */
  readonly maxVersion?: TlsVersion;
  /**
   * Whether the server must agree, with ALPN, to speak `postgresql`. The protocol is offered
   * in any case, if the runtime supports that. Required if TLS starts without asking the
   * server first (`sslnegotiation=direct`).
   *
   * @default {false}
   */
  readonly requireAlpn?: boolean;
}

/** A version of TLS, in the notation of libpq and `node:tls`. */
export type TlsVersion = "TLSv1.2" | "TLSv1.3";

/** A client's certificate with its key. */
export interface ClientCertificate {
  /** The certificate, followed by those that lead up to an authority, in PEM. */
  readonly certificate: string;
  /** Its private key, in PEM. */
  readonly key: string;
  /**
   * The passphrase of the key.
   *
   * @default {undefined} the key is not encrypted
   */
  readonly passphrase?: string;
}

/**
 * A byte stream in both directions, in the shape of the WinterTC Sockets API (`connect()` in
 * Cloudflare Workers), so that any runtime's socket can be adapted with a few lines.
 */
export interface Socket {
  /**
   * Bytes from the server. Reads nothing ahead of demand (a high-water mark of 0), so that an
   * unread stream applies backpressure to the server, and so that {@linkcode Socket.startTls}
   * finds no bytes already read. Each chunk has a buffer of its own. Timers can run between
   * reads, even if bytes are always ready.
   */
  readonly readable: ReadableStream<Uint8Array>;
  /**
   * Reads the next bytes like a reader of {@linkcode Socket.readable}, but without the work
   * that a stream adds to each chunk. Only the code that holds the stream's lock may call it:
   * one call at a time, and not while a read of the stream is pending.
   *
   * @default {undefined} the stream is read
   */
  readChunk?(): Promise<ReadableStreamReadResult<Uint8Array>>;
  /** Bytes to the server. A write settles when the system has accepted the bytes. */
  readonly writable: WritableStream<Uint8Array>;
  /**
   * Starts TLS over this connection, which must not be used afterwards. Neither stream may be
   * locked.
   *
   * @param options How to verify the server.
   * @returns The encrypted connection.
   */
  startTls(options: TlsOptions): Promise<Socket>;
  /** Closes both directions immediately. Safe to call repeatedly. */
  close(): Promise<void>;
  /**
   * The server's certificate in DER, for an encrypted connection, if the runtime provides it.
   * Channel binding (`SCRAM-SHA-256-PLUS`) requires it.
   */
  readonly peerCertificate?: Uint8Array | undefined;
}

/** Options for {@linkcode Dial}. */
export interface DialOptions {
  /**
   * Aborts the attempt; the promise then rejects with `signal.reason`.
   *
   * @default {undefined}
   */
  readonly signal?: AbortSignal | undefined;
  /**
   * Whether the system probes a silent connection to detect that the other side is gone.
   *
   * @default {true}
   */
  readonly keepAlive?: boolean;
  /**
   * The time of silence before the first probe, in milliseconds. Ignored if the runtime can't
   * set it.
   *
   * @default {undefined} the system's default
   */
  readonly keepAliveIdleMs?: number;
  /**
   * Whether the connection stays unencrypted: {@linkcode Socket.startTls} is never called. Some
   * runtimes have a socket for this that takes less time to load.
   *
   * @default {false}
   */
  readonly isPlain?: boolean;
}

/**
 * Opens a connection: the only interface between this library and a runtime's network.
 *
 * @param address The address to connect to.
 * @param options The signal, and keep-alive settings.
 * @returns The open, unencrypted connection.
 */
export type Dial = (
  address: SocketAddress,
  options?: DialOptions,
) => Promise<Socket>;

/**
 * A file for data that does not fit into memory. No other process reads it, and it disappears
 * once it is closed or the process has ended.
 */
export interface TemporaryFile {
  /**
   * Writes all the bytes, which must not be changed until it settles.
   *
   * @param bytes The bytes to write.
   * @param position The position in the file, in bytes from its beginning.
   */
  write(bytes: Uint8Array, position: number): Promise<void>;
  /**
   * Reads bytes that were written.
   *
   * @param into Filled as far as there are bytes to read.
   * @param position The position in the file, in bytes from its beginning.
   * @returns How many bytes were read: fewer than requested only at the end.
   */
  read(into: Uint8Array, position: number): Promise<number>;
  /** Closes and deletes the file. Safe to call repeatedly. */
  close(): Promise<void>;
}

/**
 * Creates an empty {@linkcode TemporaryFile}.
 *
 * @returns The open file.
 */
export type OpenTemporaryFile = () => Promise<TemporaryFile>;

/**
 * The environment of the running process: variables such as `PGHOST`, and files such as a
 * root certificate. The caller, who knows the runtime, passes it in.
 */
export interface Environment {
  /**
   * Reads an environment variable.
   *
   * @param name The variable's name.
   * @returns Its value; `undefined` if it is not set or may not be read.
   */
  get(name: string): string | undefined;
  /**
   * Reads a whole file as UTF-8 text. Without this method, certificates must be given as PEM
   * text.
   *
   * @param path The file's path.
   */
  readTextFile?(path: string): Promise<string>;
  /**
   * Describes a file without a permission prompt. Without this method, it is unknown who may
   * read a password file or a private key.
   *
   * @param path The file's path.
   * @returns The description; `null` if the file does not exist or may not be read.
   */
  describeFile?(path: string): Promise<FileDescription | null>;
  /**
   * Creates a temporary file. Missing if the runtime has no files, or this process may not
   * create any.
   */
  readonly openTemporaryFile?: OpenTemporaryFile | undefined;
  /**
   * A faster equivalent of `TextDecoder` for a part of some bytes (it keeps a byte order
   * mark). If absent, `TextDecoder` is used on a view of the bytes.
   */
  readonly decodeText?: DecodeText | undefined;
  /**
   * Creates a string with one character for each byte. If absent, the initial copy decodes
   * each text separately, which takes longer.
   */
  readonly decodeLatin1?: DecodeText | undefined;
}

/** Decodes the text between two positions of some bytes. */
export type DecodeText = (
  bytes: Uint8Array,
  start: number,
  end: number,
) => string;

/** The properties that decide whether a file can keep a secret. */
export interface FileDescription {
  /** Whether it is an ordinary file. */
  readonly isFile: boolean;
  /** The permissions, as in `st_mode`; `null` if the system has none. */
  readonly mode: number | null;
  /** The owner's number; `null` if the system has none. */
  readonly ownerId: number | null;
}
