/** Where the sources are. npm compares it with what the provenance tells. */
const REPOSITORY = "https://github.com/walbrook/walbrook";

/** The addresses in a `package.json`. */
export const LINKS = {
  homepage: `${REPOSITORY}#readme`,
  repository: { type: "git", url: `git+${REPOSITORY}.git` },
  bugs: `${REPOSITORY}/issues`,
};
