import { AuthenticationError, ProtocolError } from "../../src/errors.ts";
import { ScramClient } from "../../src/login/scram.ts";
import {
  assert,
  assertEquals,
  assertNotEquals,
  assertRejects,
  assertThrows,
} from "@std/assert";

// RFC 7677, section 3.
const NONCE = "rOprNGfwEbeRWgbNEkqO";
const SERVER_NONCE = `${NONCE}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0`;
const SERVER_FIRST = `r=${SERVER_NONCE},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`;
const CLIENT_FINAL =
  `c=biws,r=${SERVER_NONCE},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`;
const SERVER_FINAL = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function client(): ScramClient {
  return new ScramClient("pencil", { user: "user", nonce: NONCE });
}

Deno.test("ScramClient speaks the exchange of RFC 7677", async () => {
  const scram = client();
  assertEquals(text(scram.clientFirstMessage()), `n,,n=user,r=${NONCE}`);
  const final = await scram.clientFinalMessage(bytes(SERVER_FIRST));
  assertEquals(text(final), CLIENT_FINAL);
  scram.verifyServerFinal(bytes(SERVER_FINAL));
});

Deno.test("ScramClient signs extensions behind the server's fields too", async () => {
  const final = await client().clientFinalMessage(bytes(`${SERVER_FIRST},x=y`));
  assert(text(final).startsWith(`c=biws,r=${SERVER_NONCE},p=`));
  assertNotEquals(text(final), CLIENT_FINAL);
});

Deno.test("ScramClient makes a nonce of its own for each run", () => {
  const [one, two] = [1, 2].map(() =>
    text(new ScramClient("x").clientFirstMessage())
  );
  assert(/^n,,n=,r=[A-Za-z0-9+/]{24}$/.test(one ?? ""), one);
  assertNotEquals(one, two);
});

const MALFORMED: readonly (readonly [string, string])[] = [
  ["", "malformed"],
  ["e=other-error", "malformed"],
  [`m=must,${SERVER_FIRST}`, "malformed"],
  [SERVER_FIRST.replace(",i=4096", ""), "malformed"],
  [SERVER_FIRST.replace("4096", "04096"), "malformed"],
  [SERVER_FIRST.replace("4096", "-4096"), "malformed"],
  [SERVER_FIRST.replace("4096", "4096x"), "malformed"],
  [SERVER_FIRST.replace("==", "="), "malformed"],
  [SERVER_FIRST.replace("W22Z", "W22\n"), "malformed"],
  [SERVER_FIRST.replace("W22Z", "W2_Z"), "malformed"],
  [SERVER_FIRST.replace(SERVER_NONCE, `${NONCE}\u00e9`), "malformed"],
  [SERVER_FIRST.replace(SERVER_NONCE, NONCE), "nonce"],
  [SERVER_FIRST.replace(NONCE, "another"), "nonce"],
];

for (const [message, problem] of MALFORMED) {
  Deno.test(`ScramClient refuses server-first-message ${JSON.stringify(message)}`, async () => {
    await assertRejects(
      () => client().clientFinalMessage(bytes(message)),
      ProtocolError,
      problem,
    );
  });
}

Deno.test("ScramClient refuses bytes that are not UTF-8", async () => {
  await assertRejects(
    () => client().clientFinalMessage(Uint8Array.of(0x72, 0x3d, 0xff)),
    ProtocolError,
    "malformed",
  );
});

for (
  const iterations of ["1", "4095", "2000001", "2147483647", "9".repeat(400)]
) {
  Deno.test(`ScramClient refuses ${iterations.slice(0, 12)} iterations`, async () => {
    await assertRejects(
      () =>
        client().clientFinalMessage(
          bytes(SERVER_FIRST.replace("4096", iterations)),
        ),
      AuthenticationError,
      "not from 4096 to 2000000",
    );
  });
}

const FINALS: readonly (readonly [string, string])[] = [
  ["v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G8=", "signature is wrong"],
  ["v=", "signature is wrong"],
  ["v=6rriTRBi", "signature is wrong"],
  ["e=invalid-proof", '"invalid-proof"'],
];

for (const [message, problem] of FINALS) {
  Deno.test(`ScramClient refuses server-final-message ${message}`, async () => {
    const scram = client();
    await scram.clientFinalMessage(bytes(SERVER_FIRST));
    assertThrows(
      () => scram.verifyServerFinal(bytes(message)),
      AuthenticationError,
      problem,
    );
  });
}

for (const message of ["", "v", "x=1", "v=!!!!", "v=6rri TRBi"]) {
  Deno.test(`ScramClient cannot read server-final-message "${message}"`, async () => {
    const scram = client();
    await scram.clientFinalMessage(bytes(SERVER_FIRST));
    assertThrows(
      () => scram.verifyServerFinal(bytes(message)),
      ProtocolError,
      "malformed",
    );
  });
}

Deno.test("ScramClient trusts no signature before it has sent its proof", () => {
  assertThrows(
    () => client().verifyServerFinal(bytes(SERVER_FINAL)),
    AuthenticationError,
  );
});
