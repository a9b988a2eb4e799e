module.exports = {
  mode: "production",
  target: "node20",
  entry: "./follow.mjs",
  experiments: { outputModule: true, topLevelAwait: true },
  output: {
    path: `${__dirname}/webpack`,
    filename: "follow.mjs",
    module: true,
    chunkFormat: "module",
  },
};
