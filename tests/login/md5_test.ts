import { md5, md5PasswordResponse } from "../../src/login/md5.ts";
import { assertEquals } from "@std/assert";
import { createHash } from "node:crypto";

// RFC 1321, appendix A.5.
const SUITE: readonly (readonly [string, string])[] = [
  ["", "d41d8cd98f00b204e9800998ecf8427e"],
  ["a", "0cc175b9c0f1b6a831c399e269772661"],
  ["abc", "900150983cd24fb0d6963f7d28e17f72"],
  ["message digest", "f96b697d7cb7938d525a2f31aaf161d0"],
  ["abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"],
  [
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
    "d174ab98d277d9f5a5611c2c9f419d9f",
  ],
  [
    "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
    "57edf4a22be3c955ac49da2e2107b67a",
  ],
];

for (const [text, digest] of SUITE) {
  Deno.test(`md5() digests "${text}"`, () => {
    assertEquals(md5(new TextEncoder().encode(text)), digest);
  });
}

Deno.test("md5() agrees with another implementation at every length around a block", () => {
  for (let length = 0; length < 200; length++) {
    const bytes = Uint8Array.from(
      { length },
      (_, i) => (i * 37 + length) % 256,
    );
    const wanted = createHash("md5").update(bytes).digest("hex");
    assertEquals(md5(bytes), wanted, `${length} bytes`);
  }
});

Deno.test("md5PasswordResponse() salts the stored digest", () => {
  assertEquals(
    md5PasswordResponse(
      { user: "u", password: "pw" },
      Uint8Array.of(1, 2, 3, 4),
    ),
    "md50803a98a0618b75c8f9a50f280cad373",
  );
});
