#!/usr/bin/env node
// Old syntax on purpose: an old Node must get as far as the sentence below.
"use strict";
var fs = require("node:fs");
var path = require("node:path");

if (Number(process.versions.node.split(".")[0]) >= 24) start();
else startByOwnNode(path.join(__dirname, "../node_modules/.bin"));

function start() {
  require("node:module").enableCompileCache();
  // A checkout has sources and runs them; the package has only what was built.
  var source = path.join(__dirname, "../src/main.ts");
  var entry = fs.existsSync(source) ? source : path.join(__dirname, "../dist/main.js");
  import(require("node:url").pathToFileURL(entry).href);
}

// A checkout brings its own Node 24 for machines that have an older one.
function startByOwnNode(folder) {
  if (!fs.existsSync(path.join(folder, "node"))) {
    process.stderr.write(
      "seaworthy needs Node 24 or newer; this is Node " + process.versions.node + ".\n" +
        "Install Node 24 or newer and try again.\n"
    );
    process.exit(2);
  }
  var child = require("node:child_process").spawn(
    path.join(folder, "node"),
    [__filename].concat(process.argv.slice(2)),
    {
      stdio: "inherit",
      // Out of the terminal's reach: a Ctrl-C must come once, and only from here.
      detached: true,
      env: Object.assign({}, process.env, { PATH: folder + path.delimiter + process.env.PATH })
    }
  );
  child.on("error", function (error) {
    process.stderr.write("seaworthy could not start its own Node: " + error.message + "\nRun npm install and try again.\n");
    process.exit(2);
  });
  var passing = passSignalsTo(child);
  child.on("exit", function (code, signal) {
    if (signal === null) process.exit(code);
    process.removeListener(signal, passing);
    process.kill(process.pid, signal);
  });
}

function passSignalsTo(child) {
  function pass(signal) {
    child.kill(signal);
  }
  ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGWINCH", "SIGCONT"].forEach(function (signal) {
    process.on(signal, pass);
  });
  // Ctrl-Z: a group without a terminal does not stop by itself.
  process.on("SIGTSTP", function () {
    child.kill("SIGSTOP");
    process.kill(process.pid, "SIGSTOP");
  });
  return pass;
}
