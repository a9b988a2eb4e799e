import type { PasswordRequest } from "../../src/connection/connection_options.ts";

/** The login that a password is looked up for. */
export const LOGIN: PasswordRequest = {
  host: "h",
  port: 5432,
  database: "d",
  user: "u",
};

/** Contents of a password file, and what libpq finds in it for {@linkcode LOGIN}. */
export const PASSWORD_FILES:
  readonly (readonly [string, string | undefined])[] = [
    ["", undefined],
    ["h:5432:d:u:secret", "secret"],
    ["h:5432:d:u:secret\r\n", "secret"],
    ["# h:5432:d:u:commented\nh:5432:d:u:secret", "secret"],
    ["*:*:*:*:any", "any"],
    ["i:5432:d:u:x\nh:5433:d:u:x\nh:5432:e:u:x\nh:5432:d:v:x", undefined],
    ["h:*:d:u:first\nh:5432:d:u:second", "first"],
    ["h:5432:d:u:with\\:colon\\\\back", "with:colon\\back"],
    ["h:5432:d:u:ends:here", "ends"],
    ["h:5432:d:u:trailing\\", "trailing\\"],
    ["h:5432:d:u:", ""],
    ["h:5432:d:u", undefined],
    ["\\h:5432:d:u:escaped", "escaped"],
    // An escaped star is a star.
    ["\\*:5432:d:u:x", undefined],
    ["h*:5432:d:u:x", undefined],
    [" h:5432:d:u:x", undefined],
  ];
