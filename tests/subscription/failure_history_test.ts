import { assertEquals } from "@std/assert";
import { ConnectionError } from "../../src/errors.ts";
import { BrokenStart } from "../../src/subscription/link/link_ending.ts";
import {
  FailureHistory,
  type LinkLoss,
} from "../../src/subscription/failure_history.ts";
import { lsn, postgresError } from "../helpers/messages.ts";

function loss(code: string, fields: Partial<LinkLoss> = {}): LinkLoss {
  return {
    error: code === "" ? new ConnectionError("m") : postgresError(code),
    ...{ position: lsn(10), start: lsn(1), messages: 5 },
    wasUseful: false,
    lifetimeMs: 100,
    brokeOff: code === "",
    ...fields,
  };
}

function lose(history: FailureHistory, times: number, one: LinkLoss): void {
  for (let i = 0; i < times; i++) history.linkLost(one);
}

Deno.test("FailureHistory calls an error repeated that came five times at one position", () => {
  const history = new FailureHistory();
  for (let times = 1; times <= 4; times++) {
    history.linkLost(loss("22012"));
    assertEquals([history.verdict, history.repeats], ["mayPass", times]);
  }
  history.linkLost(loss("22012"));
  assertEquals([history.verdict, history.repeats], ["repeats", 5]);
});

Deno.test("FailureHistory counts an error of an attempt like one of a link", () => {
  const history = new FailureHistory();
  history.linkLost(loss("58P01"));
  for (let i = 0; i < 3; i++) history.attemptFailed(postgresError("58P01"));
  assertEquals(history.verdict, "mayPass");
  history.attemptFailed(postgresError("58P01"));
  assertEquals(history.verdict, "repeats");
});

Deno.test("FailureHistory does not add up what somebody does once in a while to an idle link", () => {
  const lifetimeMs = 60_000;
  const cancelled = new FailureHistory();
  lose(cancelled, 100, loss("57014", { lifetimeMs }));
  assertEquals(cancelled.verdict, "mayPass");
  // It takes long to get there, and fails all the same.
  const decoded = new FailureHistory();
  lose(decoded, 5, loss("22012", { lifetimeMs }));
  assertEquals(decoded.verdict, "repeats");
});

interface Break {
  readonly what: string;
  readonly between: (history: FailureHistory) => void;
  /** Whether the count goes on. */
  readonly goesOn: boolean;
}

const BREAKS: readonly Break[] = [
  {
    what: "nothing",
    between: () => {},
    goesOn: true,
  },
  {
    what: "a restart of the server",
    between: (history) => history.attemptFailed(postgresError("57P03")),
    goesOn: true,
  },
  {
    what: "a link that was cut",
    between: (history) => history.linkLost(loss("")),
    goesOn: true,
  },
  {
    what: "a link that did not come as far",
    between: (history) => history.linkLost(loss("57P01", { position: lsn(9) })),
    goesOn: true,
  },
  {
    what: "another error",
    between: (history) => history.linkLost(loss("57014")),
    goesOn: false,
  },
  {
    what: "something new for the consumer",
    between: (history) => history.linkLost(loss("57P01", { wasUseful: true })),
    goesOn: false,
  },
  {
    what: "a link that came further",
    between: (history) =>
      history.linkLost(loss("57P01", { position: lsn(11) })),
    goesOn: false,
  },
  {
    what: "a link that received more of a large transaction",
    between: (history) =>
      history.linkLost(loss("57014", { position: lsn(9), messages: 6 })),
    goesOn: false,
  },
];

for (const { what, between, goesOn } of BREAKS) {
  Deno.test(`FailureHistory ${goesOn ? "goes on" : "begins again"} with counting after ${what}`, () => {
    const history = new FailureHistory();
    lose(history, 4, loss("22012"));
    between(history);
    history.linkLost(loss("22012"));
    assertEquals(history.verdict, goesOn ? "repeats" : "mayPass");
  });
}

for (const code of ["", "57P01", "57P02", "53300", "08006", "55006"]) {
  Deno.test(`FailureHistory never takes ${code || "an end without a word"} for an error that repeats`, () => {
    const history = new FailureHistory();
    lose(history, 1_000, loss(code, { brokeOff: false }));
    assertEquals(history.verdict, "mayPass");
  });
}

Deno.test("FailureHistory counts links that were useless, and attempts", () => {
  const history = new FailureHistory();
  const seen: number[] = [];
  const note = (step: () => void) => {
    step();
    seen.push(history.failures);
  };
  note(() => history.linkLost(loss("57P01")));
  note(() => history.linkLost(loss("57P01")));
  note(() => history.attemptFailed(postgresError("57P03")));
  note(() => history.attemptFailed(postgresError("57P03")));
  note(() => history.linkLost(loss("57P01")));
  note(() => history.linkLost(loss("57P01", { wasUseful: true })));
  note(() => history.linkLost(loss("57P01")));
  note(() => history.linkLost(loss("57P01")));
  note(() => history.linkLost(loss("57P01", { lifetimeMs: 60_000 })));
  note(() => history.linkLost(loss("57P01", { lifetimeMs: 59_999 })));
  note(() => history.linkLost(loss("57P01")));
  assertEquals(seen, [0, 1, 2, 3, 2, 0, 0, 1, 0, 0, 1]);
});

const RETRY = { initialDelayMs: 8, maxDelayMs: 1_000 };

Deno.test("FailureHistory waits long for a server that crashes, and then calls it that", () => {
  const history = new FailureHistory();
  const steps: unknown[] = [];
  for (let crash = 0; crash < 4; crash++) {
    history.linkLost(loss(""));
    history.attemptFailed(postgresError("57P03"));
    steps.push(history.verdict, history.delayMs(RETRY, 0));
  }
  assertEquals(steps, [
    ...["mayPass", 8],
    ...["mayPass", 1_000],
    ...["mayPass", 2_000],
    ...["crashes", 2_000],
  ]);
});

Deno.test("FailureHistory suspects a plugin that is known to crash from the first link on", () => {
  const history = new FailureHistory(true);
  const steps: unknown[] = [];
  for (let crash = 0; crash < 3; crash++) {
    history.linkLost(loss(""));
    steps.push(history.verdict, history.delayMs(RETRY, 0));
  }
  assertEquals(steps, ["mayPass", 1_000, "mayPass", 2_000, "crashes", 2_000]);
});

Deno.test("FailureHistory takes links that break off at once for crashes only after many", () => {
  const history = new FailureHistory();
  lose(history, 9, loss(""));
  assertEquals(history.verdict, "mayPass");
  assertEquals(history.delayMs(RETRY, 0), 2_000);
  history.linkLost(loss(""));
  assertEquals(history.verdict, "crashes");
});

Deno.test("FailureHistory counts a crash after a long time of decoding only where it is seen", () => {
  const late = loss("", { lifetimeMs: 300_000 });
  const unseen = new FailureHistory();
  lose(unseen, 100, late);
  assertEquals(unseen.verdict, "mayPass");
  const seen = new FailureHistory();
  for (let crash = 0; crash < 4; crash++) {
    seen.linkLost(late);
    // Refused twice, and one crash all the same.
    seen.attemptFailed(postgresError("57P03"));
    seen.attemptFailed(postgresError("57P03"));
    assertEquals(seen.verdict, crash < 3 ? "mayPass" : "crashes");
  }
});

Deno.test("FailureHistory counts a connection that breaks off at the start of the stream", () => {
  const history = new FailureHistory(true);
  history.linkLost(loss(""));
  const broken = new BrokenStart(new ConnectionError("m"));
  history.attemptFailed(postgresError("57P03"));
  history.attemptFailed(broken);
  assertEquals(history.verdict, "mayPass");
  history.attemptFailed(broken);
  assertEquals([history.verdict, history.failures], ["crashes", 3]);
});

Deno.test("FailureHistory goes on with counting crashes at the position of something new", () => {
  const history = new FailureHistory(true);
  history.linkLost(loss(""));
  history.linkLost(loss("", { wasUseful: true }));
  history.linkLost(loss(""));
  assertEquals(history.verdict, "mayPass");
  history.linkLost(loss(""));
  assertEquals(history.verdict, "crashes");
});

const NO_CRASHES: readonly (readonly [string, LinkLoss])[] = [
  ["links that the server ends with a word", loss("", { brokeOff: false })],
  ["links that the server ends with an error", loss("57P01")],
  ["links that were useful", loss("", { wasUseful: true })],
];

for (const [what, one] of NO_CRASHES) {
  Deno.test(`FailureHistory does not take ${what} for crashes`, () => {
    const history = new FailureHistory();
    for (let i = 0; i < 100; i++) {
      history.linkLost(one);
      history.attemptFailed(postgresError("57P03"));
    }
    assertEquals(history.verdict, "mayPass");
  });
}

Deno.test("FailureHistory forgets crashes once a link comes further, or ends otherwise", () => {
  for (
    const other of [
      loss("", { position: lsn(11) }),
      loss("", { position: lsn(9), messages: 6 }),
      loss("57P01"),
    ]
  ) {
    const history = new FailureHistory();
    lose(history, 9, loss(""));
    history.linkLost(other);
    lose(history, 8, loss("", { position: other.position }));
    assertEquals(history.verdict, "mayPass");
  }
});

Deno.test("FailureHistory does not take a network for crashes that lets a little more of a large transaction pass each time", () => {
  const history = new FailureHistory();
  for (let messages = 0; messages < 100; messages++) {
    history.linkLost(loss("", { messages }));
    assertEquals(history.verdict, "mayPass");
  }
});

Deno.test("FailureHistory does not take a network for crashes that breaks links off anywhere", () => {
  const history = new FailureHistory();
  history.linkLost(loss("", { messages: 90 }));
  for (let i = 0; i < 100; i++) {
    history.linkLost(loss("", { messages: (i * 37) % 89 }));
    assertEquals(history.verdict, "mayPass");
  }
});

Deno.test("FailureHistory counts a crash that is seen, wherever the link broke off", () => {
  const history = new FailureHistory();
  for (let messages = 9; messages > 5; messages--) {
    assertEquals(history.verdict, "mayPass");
    history.linkLost(loss("", { messages }));
    history.attemptFailed(postgresError("57P03"));
  }
  assertEquals(history.verdict, "crashes");
});

Deno.test("FailureHistory compares what links received from the same start only", () => {
  const history = new FailureHistory();
  lose(history, 9, loss(""));
  // It has to pass less, and breaks off all the same.
  history.linkLost(loss("", { start: lsn(2), messages: 7 }));
  assertEquals(history.verdict, "crashes");
});
