/**
 * Where a server listens: a TCP port, or a unix-domain socket (libpq's
 * "directory" host, with the file name `.s.PGSQL.<port>` already appended).
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
 * How {@linkcode Socket.startTls} checks the server. Who can't do what one of them asks
 * for has to refuse, not to leave it out.
 */
export interface TlsOptions {
  /** The name to send as SNI and, with `verify: "full"`, to find in the certificate. */
  readonly hostname: string;
  /**
   * `"none"` takes any certificate (sslmode `prefer` and `require`), `"ca"` checks
   * the chain only (`verify-ca`), `"full"` the name too (`verify-full`).
   */
  readonly verify: "none" | "ca" | "full";
  /**
   * Certificates to trust, in PEM, instead of the runtime's own list.
   *
   * @default {undefined} the runtime's list
   */
  readonly caCertificates?: readonly string[];
  /**
   * What to show a server that asks for a certificate.
   *
   * @default {undefined} nothing
   */
  readonly clientCertificate?: ClientCertificate;
  /**
   * Whether to tell the server with SNI which name is meant. An IP address is never told.
   *
   * @default {true}
   */
  readonly sendServerName?: boolean;
  /**
   * The oldest version of TLS to speak.
   *
   * @default {undefined} the runtime's
   */
  readonly minVersion?: TlsVersion;
  /**
   * The newest version of TLS to speak.
   *
   * @default {undefined} the runtime's
   */
  readonly maxVersion?: TlsVersion;
  /**
   * Whether the server has to agree, with ALPN, to speak `postgresql`. The name is to be
   * offered in any case, where the runtime can. Needed where TLS is started
   * without asking first (`sslnegotiation=direct`).
   *
   * @default {false}
   */
  readonly requireAlpn?: boolean;
}

/** A version of TLS, as libpq and `node:tls` write it. */
export type TlsVersion = "TLSv1.2" | "TLSv1.3";

/** A client's certificate with its key. */
export interface ClientCertificate {
  /** The certificate, and those that lead up to an authority, in PEM. */
  readonly certificate: string;
  /** Its private key, in PEM. */
  readonly key: string;
  /**
   * What the key is encrypted with.
   *
   * @default {undefined} it is not
   */
  readonly passphrase?: string;
}

/**
 * A byte stream in both directions, in the shape of the WinterTC Sockets API
 * (`connect()` in Cloudflare Workers), so that any runtime's socket can be made
 * to fit with a few lines.
 */
export interface Socket {
  /**
   * Bytes from the server. Reads nothing ahead of demand (a high-water mark of
   * 0), so that an unread stream holds the server back, and so that
   * {@linkcode Socket.startTls} finds no bytes taken. Each chunk is a buffer of its own.
   * Timers get their turn between the reads, however many bytes are ready.
   */
  readonly readable: ReadableStream<Uint8Array>;
  /** Bytes to the server. A write settles when the system has taken the bytes. */
  readonly writable: WritableStream<Uint8Array>;
  /**
   * Starts TLS over this connection, which is not to be used any more after it.
   * Neither stream may be locked.
   *
   * @param options Whom to expect.
   * @returns The encrypted connection.
   */
  startTls(options: TlsOptions): Promise<Socket>;
  /** Closes both directions at once. Safe to call more than once. */
  close(): Promise<void>;
  /**
   * The server's certificate in DER, of an encrypted connection whose runtime shows it.
   * Channel binding (`SCRAM-SHA-256-PLUS`) needs it.
   */
  readonly peerCertificate?: Uint8Array | undefined;
}

/** What {@linkcode Dial} takes besides the address. */
export interface DialOptions {
  /** Gives up the attempt; the promise then rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Whether the system is to find out with probes whether the other side is still there.
   *
   * @default {true}
   */
  readonly keepAlive?: boolean;
  /**
   * How long the connection has to be silent before the first probe, in milliseconds.
   * Passed over where the runtime can't set it.
   *
   * @default {undefined} the system's
   */
  readonly keepAliveIdleMs?: number;
}

/**
 * Opens a connection: the one seam between this library and a runtime.
 *
 * @param address Where to connect.
 * @param options How to give up.
 * @returns The open, unencrypted connection.
 */
export type Dial = (
  address: SocketAddress,
  options?: DialOptions,
) => Promise<Socket>;

/**
 * A file for what does not fit into memory. Nobody else reads it, and nothing is left of
 * it once it is closed or the process has ended.
 */
export interface TemporaryFile {
  /**
   * Writes all the bytes, which are not to be changed until it settles.
   *
   * @param bytes What to write.
   * @param position Where in the file, in bytes from its beginning.
   */
  write(bytes: Uint8Array, position: number): Promise<void>;
  /**
   * Reads what was written.
   *
   * @param into Filled as far as there is something to read.
   * @param position Where in the file, in bytes from its beginning.
   * @returns How many bytes were read: less than asked for only at the end.
   */
  read(into: Uint8Array, position: number): Promise<number>;
  /** Closes and deletes the file. Safe to call more than once. */
  close(): Promise<void>;
}

/**
 * Makes an empty {@linkcode TemporaryFile}.
 *
 * @returns The file, open.
 */
export type OpenTemporaryFile = () => Promise<TemporaryFile>;

/**
 * What the running process knows beside its arguments: variables such as
 * `PGHOST`, and files such as a root certificate. Passed in by whoever knows the
 * runtime.
 */
export interface Environment {
  /**
   * Reads an environment variable.
   *
   * @param name The variable's name.
   * @returns Its value, or `undefined` where it is not set or may not be read.
   */
  get(name: string): string | undefined;
  /**
   * Reads a whole file as UTF-8 text. Without this method, certificates have to be
   * given as PEM text.
   *
   * @param path The file's path.
   */
  readTextFile?(path: string): Promise<string>;
  /**
   * Looks at a file without asking anybody for the permission. Where this method is
   * missing, nothing is known of who may read a password file or a private key.
   *
   * @param path The file's path.
   * @returns What is known, or `null` where there is no such file or it may not be read.
   */
  describeFile?(path: string): Promise<FileDescription | null>;
  /**
   * Makes a temporary file. Not there where the runtime has no files, or does not let
   * this process have any.
   */
  readonly openTemporaryFile?: OpenTemporaryFile | undefined;
  /**
   * Decodes a part of some bytes as `TextDecoder` would, a byte order mark included, and
   * sooner. Without it that, and a view of the bytes, is what texts are made with.
   */
  readonly decodeText?: DecodeText | undefined;
}

/** Makes a text of the UTF-8 from one place in some bytes to another. */
export type DecodeText = (
  bytes: Uint8Array,
  start: number,
  end: number,
) => string;

/** What decides whether a file can hold a secret. */
export interface FileDescription {
  /** Whether it is an ordinary file. */
  readonly isFile: boolean;
  /** Who may do what, as `st_mode` has it; `null` where the system has no such bits. */
  readonly mode: number | null;
  /** The owner's number; `null` where there are none. */
  readonly ownerId: number | null;
}
