/** The only place where things are plugged together. */
const [first, ...rest] = process.argv.slice(2);

switch (first) {
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
  default: {
    const { main } = await import("./cli/main.ts");
    process.exitCode = await main(process.argv.slice(2));
  }
}
