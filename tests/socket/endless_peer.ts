// A worker that sends bytes without an end, from a thread of its own: to a reader that is
// any slower, there are always some ready. It is told the certificate to use, or `null`
// for none, and tells the port that it listens on.
declare const self: {
  onmessage: (message: MessageEvent<Certificate | null>) => void;
  postMessage(port: number): void;
};

interface Certificate {
  readonly cert: string;
  readonly key: string;
}

const ADDRESS = { hostname: "127.0.0.1", port: 0 };

self.onmessage = async ({ data: certificate }) => {
  const listener = certificate === null
    ? Deno.listen(ADDRESS)
    : Deno.listenTls({ ...ADDRESS, ...certificate });
  self.postMessage(listener.addr.port);
  const connection = await listener.accept();
  const chunk = new Uint8Array(65_536);
  try {
    for (;;) await connection.write(chunk);
  } catch {
    // The reader has left.
  }
};
