import { enableCompileCache } from "node:module";

/** The only place where things are plugged together. Nothing is loaded before it is known that it is needed. */

// Helper programs start here without the launcher, and as often as it.
enableCompileCache();

const [first, ...rest] = process.argv.slice(2);

switch (first ?? "") {
  case "keeper": {
    const { keep } = await import("./shell/keeper/program.ts");
    await keep(rest);
    break;
  }
  case "front-door": {
    const { openFrontDoor } = await import("./drivers/local/front-door/program.ts");
    await openFrontDoor(rest);
    break;
  }
  case "--version":
  case "-V": {
    const { version } = await import("./version.ts");
    process.stdout.write(`${version()}\n`);
    break;
  }
  default: {
    const { main } = await import("./cli/main.ts");
    const { bridgeOf } = await import("./bridge.ts");
    process.exitCode = await main(process.argv.slice(2), bridgeOf(process));
  }
}
