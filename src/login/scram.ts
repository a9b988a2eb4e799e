import { AuthenticationError, ProtocolError } from "../errors.ts";

// Fewer make it cheap for anyone who reads the exchange, or impersonates the server, to guess
// the password. More keep this side busy for seconds, before the server is authenticated;
// passwords are rarely stored with more than 600,000. RFC 7677, section 4.
const MIN_ITERATIONS = 4096;
const MAX_ITERATIONS = 2_000_000;

/** How a SCRAM exchange is bound to its TLS connection. */
export interface ScramBinding {
  /**
   * `n,,` for no binding, `y,,` for a server that offers none, `p=tls-server-end-point,,` for
   * a digest of the server's certificate.
   */
  readonly header: "n,," | "y,," | "p=tls-server-end-point,,";
  /** The digest; empty for the first two. */
  readonly data: Uint8Array;
}

/** An exchange without binding. */
export const UNBOUND: ScramBinding = {
  header: "n,,",
  data: new Uint8Array(0),
};

/** Options for {@linkcode ScramClient}. */
export interface ScramOptions {
  /**
   * How the exchange is bound to the connection.
   *
   * @default {UNBOUND}
   */
  readonly binding?: ScramBinding;
  /**
   * The user name in the exchange. PostgreSQL ignores it and uses the one of StartupMessage.
   *
   * @default {""}
   */
  readonly user?: string;
  /**
   * The client's part of the nonce: printable ASCII without a comma.
   *
   * @default {undefined} 18 random bytes in base64
   */
  readonly nonce?: string;
}

/**
 * The client's side of a SCRAM-SHA-256 exchange. Call the three methods in order, each with
 * the server's message.
 *
 * Source: RFC 5802, RFC 7677; the manual, "SASL Authentication".
 */
export class ScramClient {
  readonly #password: string;
  readonly #binding: ScramBinding;
  readonly #clientNonce: string;
  readonly #clientFirstBare: string;
  #serverSignature: Uint8Array | undefined;

  /**
   * @param password The password as the user wrote it.
   * @param options The binding, and values that tests fix.
   */
  constructor(password: string, options: ScramOptions = {}) {
    this.#password = password;
    this.#binding = options.binding ?? UNBOUND;
    this.#clientNonce = options.nonce ?? randomNonce();
    this.#clientFirstBare = `n=${options.user ?? ""},r=${this.#clientNonce}`;
  }

  /** Creates client-first-message. */
  clientFirstMessage(): Uint8Array<ArrayBuffer> {
    return encode(this.#binding.header + this.#clientFirstBare);
  }

  /**
   * Creates client-final-message, which contains the proof.
   *
   * @param serverFirst server-first-message.
   * @throws {ProtocolError} If it is malformed or its nonce does not continue ours.
   * @throws {AuthenticationError} If it requests too few or too many iterations.
   */
  async clientFinalMessage(
    serverFirst: Uint8Array,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const message = decode(serverFirst, "server-first-message");
    const { nonce, salt, iterations } = parseServerFirst(message);
    this.#checkNonce(nonce);
    checkIterations(iterations);
    const salted = await saltPassword(this.#password, salt, iterations);
    const withoutProof = `c=${encodeBinding(this.#binding)},r=${nonce}`;
    const transcript = encode(
      `${this.#clientFirstBare},${message},${withoutProof}`,
    );
    const clientKey = await hmac(salted, encode("Client Key"));
    const storedKey = await crypto.subtle.digest("SHA-256", clientKey);
    const signature = await hmac(new Uint8Array(storedKey), transcript);
    const serverKey = await hmac(salted, encode("Server Key"));
    this.#serverSignature = await hmac(serverKey, transcript);
    const proof = clientKey.map((byte, i) => byte ^ (signature[i] ?? 0));
    return encode(`${withoutProof},p=${encodeBase64(proof)}`);
  }

  /**
   * Checks the server's proof that it knows the password's verifier. Until this has
   * succeeded, the server's identity is unproven.
   *
   * @param serverFinal server-final-message.
   * @throws {AuthenticationError} If the proof is wrong or the server reports an
   * error instead.
   * @throws {ProtocolError} If the message is malformed.
   */
  verifyServerFinal(serverFinal: Uint8Array): void {
    const message = decode(serverFinal, "server-final-message");
    const error = /^e=([^,]*)/.exec(message)?.[1];
    if (error !== undefined) {
      throw new AuthenticationError(
        `Cannot log in: the server ended SCRAM with error "${error}"`,
      );
    }
    const verifier = /^v=([^,]*)(?:,|$)/.exec(message)?.[1];
    if (verifier === undefined) throw malformed("server-final-message");
    const proof = decodeBase64(verifier, "server-final-message");
    if (
      this.#serverSignature === undefined ||
      !areEqual(proof, this.#serverSignature)
    ) {
      throw new AuthenticationError(
        "Cannot log in: the server's SCRAM signature is wrong, so it does not know this role's password; it may be an impostor",
      );
    }
  }

  #checkNonce(nonce: string): void {
    if (
      nonce.startsWith(this.#clientNonce) &&
      nonce.length > this.#clientNonce.length
    ) return;
    throw new ProtocolError(
      "Cannot log in: the nonce in SCRAM's server-first-message does not continue the client's",
    );
  }
}

interface ServerFirst {
  readonly nonce: string;
  readonly salt: Uint8Array<ArrayBuffer>;
  readonly iterations: number;
}

// Extensions may follow; a mandatory one (m=) would come first, where it does not match.
function parseServerFirst(message: string): ServerFirst {
  const [, nonce, salt, iterations] =
    /^r=([\x21-\x2b\x2d-\x7e]+),s=([^,]*),i=([1-9]\d*)(?:,.*)?$/.exec(
      message,
    ) ??
      [];
  if (nonce === undefined || salt === undefined) {
    throw malformed("server-first-message");
  }
  return {
    nonce,
    salt: decodeBase64(salt, "server-first-message"),
    iterations: Number(iterations),
  };
}

function checkIterations(iterations: number): void {
  if (iterations >= MIN_ITERATIONS && iterations <= MAX_ITERATIONS) return;
  throw new AuthenticationError(
    `Cannot log in: the server asks for ${iterations} SCRAM iterations, which is not from ${MIN_ITERATIONS} to ${MAX_ITERATIONS}; if the server is genuine, fix its scram_iterations and set the password again`,
  );
}

// The tables are loaded only if a password requires them.
async function prepare(password: string): Promise<string> {
  if (!/[^\0-\x7f]/.test(password)) return password;
  const { saslPrep } = await import("./saslprep.ts");
  return saslPrep(password);
}

async function saltPassword(
  password: string,
  salt: Uint8Array<ArrayBuffer>,
  iterations: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const secret = encode(await prepare(password));
  const usages: KeyUsage[] = ["deriveBits"];
  const key = await crypto.subtle
    .importKey("raw", secret, "PBKDF2", false, usages);
  const algorithm = { name: "PBKDF2", hash: "SHA-256", salt, iterations };
  try {
    return new Uint8Array(await crypto.subtle.deriveBits(algorithm, key, 256));
  } catch (cause) {
    throw new AuthenticationError(
      `Cannot log in: this runtime rejects PBKDF2 with the server's ${iterations} iterations`,
      { cause },
    );
  }
}

async function hmac(
  secret: Uint8Array<ArrayBuffer>,
  message: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle
    .importKey("raw", secret, algorithm, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, message));
}

function randomNonce(): string {
  return encodeBase64(crypto.getRandomValues(new Uint8Array(18)));
}

function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function decode(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw malformed(what);
  }
}

function encodeBinding({ header, data }: ScramBinding): string {
  return encodeBase64(Uint8Array.of(...encode(header), ...data));
}

function encodeBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

function decodeBase64(text: string, what: string): Uint8Array<ArrayBuffer> {
  // atob() alone also accepts whitespace and a missing "=".
  if (
    !/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(
      text,
    )
  ) {
    throw malformed(what);
  }
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

function malformed(what: string): ProtocolError {
  return new ProtocolError(`Cannot log in: SCRAM's ${what} is malformed`);
}
