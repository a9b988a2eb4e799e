import { connect } from "node:net";
const [port, mode] = process.argv.slice(2);
const s = connect({ port: Number(port), host: "127.0.0.1" });
let reads = 0, bytes = 0, rows = 0, done, tail = Buffer.alloc(0);
s.on("data", (c) => {
  reads++; bytes += c.length;
  if (mode.includes("parse")) {
    let b = tail.length ? Buffer.concat([tail, c]) : c, at = 0;
    while (b.length - at >= 5) { const e = at + 1 + b.readInt32BE(at + 1); if (e > b.length) break; if (b[at] === 100) rows++; at = e; }
    tail = b.subarray(at);
  }
  const z = c.length >= 6 && c[c.length - 6] === 0x5a && c[c.length - 2] === 5;
  if (z) return done();
  if (mode.includes("pause") && c.length < 32768) { s.pause(); setTimeout(() => s.resume(), 1); }
});
const st = Buffer.from("\0\0\0\0\0\x03\0\0user\0postgres\0database\0postgres\0\0"); st.writeInt32BE(st.length); s.write(st);
await new Promise((r) => done = r);
const q = (t) => { const b = Buffer.from("Q\0\0\0\0" + t + "\0"); b.writeInt32BE(b.length - 1, 1); s.write(b); return new Promise((r) => done = r); };
for (let i = 0; i < 4; i++) {
  reads = bytes = rows = 0; const c0 = process.cpuUsage(), t0 = performance.now();
  await q("COPY mixed_rows TO STDOUT");
  const c = process.cpuUsage(c0);
  if (i) console.log(mode, "reads", reads, "avg", (bytes / reads | 0), "user", (c.user / 200000).toFixed(2), "sys", (c.system / 200000).toFixed(2), "wall", ((performance.now() - t0) / 200).toFixed(2), "µs/row");
}
process.exit(0);
