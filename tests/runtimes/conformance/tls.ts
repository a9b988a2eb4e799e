import {
  AuthenticationError,
  ConnectionError,
  type ConnectionOptions,
  ProtocolError,
} from "../../../mod.ts";
import type { Case, Context } from "./context.ts";
import { expectFailure, expectSame } from "./expect.ts";
import { plain, verified } from "./table.ts";

const WORKERS_VERIFY = 'sslmode can only be "verify-full"';

/** What can be asked of TLS. */
export const TLS: readonly Case[] = [
  {
    capability: "`verify-full`, system authorities (`sslrootcert=system`)",
    run: (context) =>
      logInEncrypted(context, {
        ...plain(context),
        sslmode: "verify-full",
        sslrootcert: "system",
      }),
  },
  {
    capability: "`verify-full`, custom authority (`sslrootcert`)",
    missing: { Workers: "Workers trust their own list" },
    run: (context) =>
      logInEncrypted(context, {
        ...plain(context),
        sslmode: "verify-full",
        sslrootcert: context.authority,
      }),
  },
  {
    capability: "`verify-ca`",
    missing: { Workers: WORKERS_VERIFY },
    run: (context) =>
      logInEncrypted(context, {
        ...plain(context),
        sslmode: "verify-ca",
        sslrootcert: context.authority,
      }),
  },
  {
    capability: "`require` and `prefer`, which accept any certificate",
    missing: { Workers: WORKERS_VERIFY },
    run: async (context) => {
      for (const sslmode of ["require", "prefer"] as const) {
        await logInEncrypted(context, { ...plain(context), sslmode });
      }
    },
  },
  {
    capability: "`allow`, which tries TLS after a refusal without",
    missing: { Workers: 'Cannot use sslmode "allow"' },
    run: (context) =>
      logInEncrypted(context, {
        ...plain(context),
        ...(context.runtime === "Workers" ? { sslrootcert: "system" } : {}),
        user: "wary",
        sslmode: "allow",
      }),
  },
  {
    capability: "Bytes injected before the handshake are rejected",
    peersOnly: true,
    run: async (context) => {
      const connectTo = (port: number) => () =>
        context.connect({ ...verified(context), port });
      await expectFailure(
        connectTo(context.peers.hasty),
        ProtocolError,
        "someone may have inserted them",
      );
      await expectFailure(
        connectTo(context.peers.plain),
        ConnectionError,
        "Cannot start TLS",
      );
    },
  },
  {
    capability: "A certificate of another authority is rejected",
    peersOnly: true,
    run: async (context) => {
      const { untrusted } = context.peers;
      const { host: hostname, runtime, authority } = context;
      const socket = await context.dial(
        { transport: "tcp", hostname, port: untrusted },
      );
      await expectFailure(
        () =>
          socket.startTls({
            hostname,
            verify: "full",
            ...(runtime === "Workers" ? {} : { caCertificates: [authority] }),
          }),
        Error,
        runtime === "Workers" ? "certificate is not one of" : "Cannot trust",
      );
      await socket.close();
      if (runtime === "Workers") return; // it can't be given another list
      for (const sslmode of ["verify-ca", "verify-full"] as const) {
        await expectFailure(
          () =>
            context.connect({
              ...plain(context),
              port: untrusted,
              sslmode,
              sslrootcert: authority,
              sslnegotiation: "direct",
            }),
          AuthenticationError,
          "Cannot trust the server's certificate",
        );
      }
    },
  },
  {
    capability: "A certificate for another name is rejected",
    run: (context) =>
      expectFailure(
        () =>
          context.connect({
            ...verified(context),
            host: "other.example",
            hostaddr: context.host,
          }),
        // A Worker is not told why the handshake failed.
        context.runtime === "Workers" ? ConnectionError : AuthenticationError,
      ),
  },
  {
    capability: "Client certificates",
    missing: { Workers: "sslcert asks for" },
    run: (context) =>
      logInEncrypted(context, {
        ...verified(context),
        user: "bearer",
        sslcert: context.client.certificate,
        sslkey: context.client.key,
      }),
  },
  {
    capability: "SCRAM-SHA-256 passwords",
    run: (context) => logInEncrypted(context, scram(context)),
  },
  {
    capability: "Channel binding (`channel_binding=require`)",
    missing: { Workers: "a Worker does not see the server's certificate" },
    run: async (context) => {
      const options = scram(context, { channelBinding: "require" });
      if (context.runtime !== "Workers") {
        return await logInEncrypted(context, options);
      }
      await expectFailure(
        () => logInEncrypted(context, options),
        AuthenticationError,
        "channel_binding",
      );
      return "a Worker does not see the server's certificate";
    },
  },
  {
    capability: "Direct TLS negotiation (`sslnegotiation=direct`)",
    missing: { Workers: "sslnegotiation=direct asks for" },
    run: (context) =>
      logInEncrypted(context, scram(context, { sslnegotiation: "direct" })),
  },
];

function scram(
  context: Context,
  options: ConnectionOptions = {},
): ConnectionOptions {
  const { password } = context;
  return { ...verified(context), user: "scram", password, ...options };
}

async function logInEncrypted(
  context: Context,
  options: ConnectionOptions,
): Promise<void> {
  const connection = await context.connect(options, {
    dial: context.dial,
    // Nothing but what the options say.
    environment: { get: () => undefined },
  });
  try {
    const [result] = await connection.query(
      "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
    );
    expectSame(result?.rows, [["t"]]);
  } finally {
    await connection.close();
  }
}
