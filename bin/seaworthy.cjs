#!/usr/bin/env node
// Old syntax on purpose: an old Node must get as far as the sentence below.
"use strict";
var major = Number(process.versions.node.split(".")[0]);
if (major < 24) {
  process.stderr.write(
    "seaworthy needs Node 24 or newer; this is Node " + process.versions.node + ".\n" +
      "Install Node 24 (https://nodejs.org), or in a checkout of seaworthy use its own: npm run seaworthy -- <command>\n"
  );
  process.exit(2);
}
var fs = require("node:fs");
var path = require("node:path");
require("node:module").enableCompileCache();
var built = path.join(__dirname, "../dist/main.js");
// A checkout has sources and runs them; the package has only what was built.
var source = path.join(__dirname, "../src/main.ts");
var entry = fs.existsSync(source) ? source : built;
import(require("node:url").pathToFileURL(entry).href);
