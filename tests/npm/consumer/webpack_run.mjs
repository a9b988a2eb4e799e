// webpack's own command line is a package of its own.
import webpack from "webpack";
import config from "./webpack.config.cjs";

webpack(config, (error, stats) => {
  if (error !== null || stats.hasErrors()) {
    console.error(error ?? stats.toString());
    process.exitCode = 1;
  }
});
