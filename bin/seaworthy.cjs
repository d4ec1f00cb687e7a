#!/usr/bin/env node
// Old syntax on purpose: an old Node must get as far as the sentence below.
"use strict";
var fs = require("node:fs");
var path = require("node:path");

if (Number(process.versions.node.split(".")[0]) < 24) {
  // A checkout brings its own Node 24 for machines that have an older one.
  var own = path.join(__dirname, "../node_modules/.bin");
  if (!fs.existsSync(path.join(own, "node"))) {
    process.stderr.write(
      "seaworthy needs Node 24 or newer; this is Node " + process.versions.node + ".\n" +
        "Install Node 24 or newer and try again.\n"
    );
    process.exit(2);
  }
  var ended = require("node:child_process").spawnSync(
    path.join(own, "node"),
    [__filename].concat(process.argv.slice(2)),
    { stdio: "inherit", env: Object.assign({}, process.env, { PATH: own + path.delimiter + process.env.PATH }) }
  );
  process.exit(ended.status === null ? 1 : ended.status);
}

require("node:module").enableCompileCache();
// A checkout has sources and runs them; the package has only what was built.
var source = path.join(__dirname, "../src/main.ts");
var entry = fs.existsSync(source) ? source : path.join(__dirname, "../dist/main.js");
import(require("node:url").pathToFileURL(entry).href);
