export default {
  ssr: { noExternal: true },
  build: {
    ssr: "follow.mjs",
    outDir: "vite",
    target: "node20",
    rollupOptions: { output: { entryFileNames: "follow.mjs" } },
  },
};
