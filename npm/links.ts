/** The address of the repository. npm compares it with the one in the provenance. */
const REPOSITORY = "https://github.com/walbrook/walbrook";

/** The addresses in a `package.json`. */
export const LINKS = {
  homepage: `${REPOSITORY}#readme`,
  repository: { type: "git", url: `git+${REPOSITORY}.git` },
  bugs: `${REPOSITORY}/issues`,
};
