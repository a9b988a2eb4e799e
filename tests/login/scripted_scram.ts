import { createHmac, pbkdf2Sync } from "node:crypto";

/** What a server of SCRAM-SHA-256 makes of the client's first message. */
export interface ScriptedScram {
  /** server-first-message. */
  readonly serverFirst: string;
  /** Makes server-final-message from the client's second message. */
  serverFinal(clientFinal: string): string;
}

/** A server that knows the password, written apart from the client under test. */
export function scriptedScram(
  password: string,
  clientFirst: string,
  iterations = 4096,
): ScriptedScram {
  const bare = clientFirst.slice(clientFirst.indexOf("n="));
  const nonce = bare.slice(bare.indexOf("r=") + 2);
  const salt = new TextEncoder().encode("sixteen salty by");
  const serverFirst = `r=${nonce}server,s=${
    btoa("sixteen salty by")
  },i=${iterations}`;
  return {
    serverFirst,
    serverFinal: (clientFinal) => {
      const withoutProof = clientFinal.slice(0, clientFinal.lastIndexOf(",p="));
      const salted = pbkdf2Sync(password, salt, iterations, 32, "sha256");
      const key = createHmac("sha256", salted).update("Server Key").digest();
      const signature = createHmac("sha256", key)
        .update(`${bare},${serverFirst},${withoutProof}`)
        .digest("base64");
      return `v=${signature}`;
    },
  };
}
