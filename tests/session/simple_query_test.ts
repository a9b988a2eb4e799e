import { assert, assertEquals, assertThrows } from "@std/assert";
import { PostgresError, ProtocolError } from "@walbrook/walbrook";
import { SimpleQueryAnswer } from "../../src/session/simple_query.ts";
import type { BackendMessage } from "../../src/wire/backend_message.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const READY: BackendMessage = { kind: "ReadyForQuery" };
const FIELDS = [{ name: "a", tableOid: 0, typeOid: 25 }];

function failure(severity: string, code: string): BackendMessage {
  return {
    kind: "ErrorResponse",
    fields: { severity, code, message: `${code} came` },
  };
}

function answerTo(messages: readonly BackendMessage[]): SimpleQueryAnswer {
  const answer = new SimpleQueryAnswer();
  for (const message of messages) assertEquals(answer.push(message), false);
  return answer;
}

Deno.test("SimpleQueryAnswer gathers a result for each statement", () => {
  const answer = answerTo([
    { kind: "RowDescription", fields: FIELDS },
    { kind: "DataRow", values: [bytes("é"), null] },
    { kind: "DataRow", values: [bytes(""), bytes("x")] },
    { kind: "CommandComplete", tag: "SELECT 2" },
    { kind: "CommandComplete", tag: "BEGIN" },
    { kind: "EmptyQueryResponse" },
    { kind: "RowDescription", fields: [] },
    { kind: "CommandComplete", tag: "SELECT 0" },
  ]);
  assert(answer.push(READY));
  assertEquals(answer.error, undefined);
  assertEquals(answer.results(), [
    { fields: FIELDS, rows: [["é", null], ["", "x"]], tag: "SELECT 2" },
    { fields: [], rows: [], tag: "BEGIN" },
    { fields: [], rows: [], tag: "" },
    { fields: [], rows: [], tag: "SELECT 0" },
  ]);
});

Deno.test("SimpleQueryAnswer keeps a byte order mark, and marks what is not UTF-8", () => {
  const answer = answerTo([
    {
      kind: "DataRow",
      values: [Uint8Array.of(0xef, 0xbb, 0xbf, 0x61), Uint8Array.of(0xff)],
    },
    { kind: "CommandComplete", tag: "SELECT 1" },
  ]);
  assertEquals(answer.results()[0]?.rows, [["\ufeffa", "\ufffd"]]);
});

Deno.test("SimpleQueryAnswer keeps the first error, up to the answer's end", () => {
  const answer = answerTo([
    { kind: "CommandComplete", tag: "BEGIN" },
    failure("ERROR", "42601"),
    failure("ERROR", "25P02"),
  ]);
  assert(answer.push(READY));
  assertEquals(answer.error?.code, "42601");
  assertThrows(() => answer.results(), PostgresError, "42601 came");
});

Deno.test("SimpleQueryAnswer throws at once where no ReadyForQuery will come", () => {
  for (const severity of ["FATAL", "PANIC"]) {
    const answer = new SimpleQueryAnswer();
    const error = assertThrows(
      () => answer.push(failure(severity, "57P01")),
      PostgresError,
    );
    assertEquals(error.severity, severity);
    assert(answer.error === error);
  }
  // What ended the command is the cause, not the hanging up that follows.
  const answer = answerTo([failure("ERROR", "42601")]);
  const error = assertThrows(
    () => answer.push(failure("FATAL", "57P01")),
    PostgresError,
  );
  assertEquals(error.code, "42601");
});

Deno.test("SimpleQueryAnswer passes over what is left of a stream, and refuses all else", () => {
  answerTo([{ kind: "CopyData", data: bytes("k") }, { kind: "CopyDone" }]);
  const misfits: BackendMessage[] = [
    { kind: "AuthenticationOk" },
    { kind: "CopyBothResponse" },
    { kind: "CopyInResponse" },
    { kind: "BackendKeyData", processId: 1, secretKey: bytes("") },
  ];
  for (const message of misfits) {
    assertThrows(
      () => new SimpleQueryAnswer().push(message),
      ProtocolError,
      `unexpected ${message.kind}`,
    );
  }
});
