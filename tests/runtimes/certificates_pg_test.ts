import { assertEquals } from "@std/assert";
import type { ConnectionOptions } from "@walbrook/walbrook";
import type { SslMode } from "@walbrook/walbrook/replication";
import { withServer } from "../helpers/postgres.ts";
import {
  type Certificate,
  makeAuthority,
  makeSelfSigned,
  type SubjectName,
} from "../login/certificates.ts";
import { type Libpq, loadLibpq } from "../login/libpq.ts";
import {
  authentication,
  commandComplete,
  LOGIN_END,
  READY,
} from "../helpers/messages.ts";
import { LogInCommands } from "./log_in_commands.ts";
import type { RuntimeName } from "./conformance/context.ts";

const authority = await makeAuthority("Walbrook's tests");
const between = await authority.issueAuthority("In between");
const NAME = "db.example";
const NAMES = [dns(NAME)];
const good = await authority.issue(NAMES);
const indirect = await between.issue(NAMES);
const alone = await makeSelfSigned(NAMES, { isAuthority: false });
const own = await makeSelfSigned(NAMES, { isAuthority: true });

type Outcome = "in" | "refused";

/** What a server shows, who is trusted, and what libpq makes of that. */
interface Shape {
  readonly shown: Certificate;
  /** What it sends along. */
  readonly chain?: string;
  /** The authority, if not the usual one. */
  readonly root?: string;
  /** Whether nothing helps, whatever `sslmode` and name. */
  readonly refused?: true;
  /** What comes of `verify-full` with a name, if not "in" with {@linkcode NAME}. */
  readonly hosts?: Readonly<Record<string, Outcome>>;
}

const SHAPES: Readonly<Record<string, Shape>> = {
  "the host's name": {
    shown: good,
    hosts: { [NAME]: "in", "DB.Example": "in" },
  },
  "a wildcard": {
    shown: await authority.issue([dns(`*.${NAME}`)]),
    hosts: {
      [`a.${NAME}`]: "in",
      [NAME]: "refused",
      [`a.b.${NAME}`]: "refused",
    },
  },
  "part of a name and a wildcard": {
    shown: await authority.issue([dns(`a*.${NAME}`)]),
    hosts: { [`ab.${NAME}`]: "refused" },
  },
  "a common name alone": {
    shown: await authority.issue([], { commonName: NAME }),
    hosts: { [NAME]: "in", "other.example": "refused" },
  },
  "a wildcard as common name": {
    shown: await authority.issue([], { commonName: `*.${NAME}` }),
    hosts: { [`a.${NAME}`]: "in", [NAME]: "refused" },
  },
  "a common name beside another name": {
    shown: await authority.issue([dns("other.example")], { commonName: NAME }),
    hosts: { [NAME]: "refused", "other.example": "in" },
  },
  "a common name beside an address": {
    shown: await authority.issue([ip("127.0.0.1")], { commonName: NAME }),
    hosts: { [NAME]: "in", "127.0.0.1": "in", "other.example": "refused" },
  },
  "an address as common name": {
    shown: await authority.issue([], { commonName: "127.0.0.1" }),
    hosts: { "127.0.0.1": "in" },
  },
  "an address as a name": {
    shown: await authority.issue([dns("127.0.0.1")]),
    hosts: { "127.0.0.1": "in" },
  },
  "an address of version 6": {
    shown: await authority.issue([ip("2001:db8::a")]),
    hosts: {
      "2001:db8::a": "in",
      "2001:DB8:0::A": "in",
      "2001:db8::b": "refused",
    },
  },
  "a time that is over": {
    shown: await authority.issue(NAMES, { valid: "no more" }),
    refused: true,
  },
  "a time to come": {
    shown: await authority.issue(NAMES, { valid: "not yet" }),
    refused: true,
  },
  "an authority in between, which comes along": {
    shown: indirect,
    chain: between.certificate,
  },
  "an authority in between, which does not come along": {
    shown: indirect,
    refused: true,
  },
  "an authority in between, which is trusted too": {
    shown: indirect,
    root: `${authority.certificate}\n${between.certificate}`,
  },
  "an authority in between, which alone is trusted": {
    shown: indirect,
    root: between.certificate,
    refused: true,
  },
  "an authority that is not trusted, unlike itself": {
    shown: good,
    root: good.certificate,
    refused: true,
  },
  "its own signature, as an authority": {
    shown: own,
    root: own.certificate,
  },
  "its own signature": { shown: alone, root: alone.certificate },
  "its own signature, and nobody trusts it": { shown: alone, refused: true },
};

// docs/connecting.md says so.
const DIFFERENCES: Readonly<
  Record<string, readonly [RuntimeName[] | "all", Outcome]>
> = {
  [`part of a name and a wildcard: verify-full ab.${NAME}`]: ["all", "in"],
  "an address as common name: verify-full 127.0.0.1": ["all", "refused"],
  "an address as a name: verify-full 127.0.0.1": ["all", "refused"],
  // Node's own check takes such an address for no address at all.
  "an address of version 6: verify-full 2001:db8::a": [["Node 22"], "refused"],
  "an address of version 6: verify-full 2001:DB8:0::A": [
    ["Node 22"],
    "refused",
  ],
  ...Object.fromEntries(
    ["require", "verify-ca", "verify-full"].map((sslmode) => [
      `an authority in between, which alone is trusted: ${sslmode} ${NAME}`,
      [["Deno"], "in"] as const,
    ]),
  ),
};

function dns(value: string): SubjectName {
  return { type: "dns", value };
}

function ip(value: string): SubjectName {
  return { type: "ip", value };
}

// Speaks TLS at once, lets everybody in and has no answer to anything.
async function welcome(connection: Deno.TlsConn): Promise<void> {
  using _ = connection;
  const buffer = new Uint8Array(4096);
  await connection.handshake();
  await connection.read(buffer);
  await connection.write(Uint8Array.from([...authentication(0), ...LOGIN_END]));
  while (await connection.read(buffer) !== null) {
    await connection.write(Uint8Array.from([
      ...commandComplete("SELECT 0"),
      ...READY,
    ]));
  }
}

function serve({ shown, chain = "" }: Shape): Deno.TlsListener {
  const listener = Deno.listenTls({
    hostname: "127.0.0.1",
    port: 0,
    cert: `${shown.certificate}\n${chain}`,
    key: shown.key,
    alpnProtocols: ["postgresql"],
  });
  (async () => {
    for await (const connection of listener) {
      // One that does not trust the server leaves in the middle.
      welcome(connection).catch(() => {});
    }
  })();
  return listener;
}

interface Attempt {
  readonly name: string;
  readonly options: ConnectionOptions;
  readonly libpq: Outcome;
}

function attemptsAt(what: string, shape: Shape, port: number): Attempt[] {
  const { root = authority.certificate, hosts = { [NAME]: "in" } } = shape;
  const attempts: Attempt[] = [];
  const add = (sslmode: SslMode, host: string, outcome: Outcome) =>
    attempts.push({
      name: `${what}: ${sslmode} ${host}`,
      options: {
        host,
        hostaddr: "127.0.0.1",
        port,
        user: "u",
        sslmode,
        sslrootcert: root,
        sslnegotiation: "direct",
      },
      libpq: shape.refused ? "refused" : outcome,
    });
  add("require", NAME, "in");
  add("verify-ca", NAME, "in");
  for (const [host, outcome] of Object.entries(hosts)) {
    add("verify-full", host, outcome);
  }
  return attempts;
}

async function askLibpq(
  libpq: Libpq,
  attempts: readonly Attempt[],
): Promise<Record<string, string>> {
  const outcomes: Record<string, string> = {};
  const root = await Deno.makeTempFile();
  for (const { name, options } of attempts) {
    const { host, hostaddr, port, user, sslmode, sslrootcert } = options;
    await Deno.writeTextFile(root, `${sslrootcert}`);
    const { outcome } = await libpq.connect({
      host: `${host}`,
      hostaddr: `${hostaddr}`,
      port: `${port}`,
      user: `${user}`,
      sslmode: `${sslmode}`,
      sslrootcert: root,
      sslcert: "/nonexistent",
      sslcrl: "/nonexistent",
      sslnegotiation: "direct",
      gssencmode: "disable",
    });
    outcomes[name] = outcome === "tls" ? "in" : "refused";
  }
  await Deno.remove(root);
  return outcomes;
}

function summaryOf(outcome: string): string {
  if (outcome === "plain") return "in"; // what it calls a session without SSL's view
  return outcome.startsWith("AuthenticationError: Cannot trust the server's")
    ? "refused"
    : outcome;
}

function expectedIn(
  runtime: RuntimeName,
  { name, libpq }: Attempt,
): Outcome {
  const [where, outcome] = DIFFERENCES[name] ?? [[], libpq];
  return where === "all" || where.includes(runtime) ? outcome : libpq;
}

const listeners: Deno.TlsListener[] = [];
const attempts = Object.entries(SHAPES).flatMap(([what, shape]) => {
  const listener = serve(shape);
  listeners.push(listener);
  return attemptsAt(what, shape, listener.addr.port);
});
Deno.test.afterAll(() => listeners.forEach((listener) => listener.close()));

// What the clients leave behind is read until the end.
const UNSANITIZED = { sanitizeOps: false, sanitizeResources: false };

Deno.test({
  name: "connect() trusts the certificates that libpq trusts, in each runtime",
  ...UNSANITIZED,
  fn: async (t) => {
    await using programs = await LogInCommands.create();
    const options = attempts.map((one) => [one.name, one.options]);
    for (const [runtime, command] of await programs.commands()) {
      await t.step(runtime, async () => {
        const outcomes = await programs.run(
          command,
          Object.fromEntries(options),
        );
        assertEquals(
          attempts.map(({ name }) => [name, summaryOf(outcomes[name] ?? "")]),
          attempts.map((one) => [one.name, expectedIn(runtime, one)]),
        );
      });
    }
  },
});

Deno.test({
  name: "libpq trusts the certificates that these tests say it trusts",
  ...UNSANITIZED,
  ignore: Deno.build.os === "windows",
  fn: async () => {
    // The server's programs bring libpq along; direct negotiation came with 17.
    await withServer({ major: 18 }, async (server) => {
      using libpq = loadLibpq(server);
      if (libpq === null) return;
      assertEquals(
        await askLibpq(libpq, attempts),
        Object.fromEntries(attempts.map(({ name, libpq }) => [name, libpq])),
      );
    });
  },
});
