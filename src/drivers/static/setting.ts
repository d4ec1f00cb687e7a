import type { DriverWorld } from "../../ports/driver.ts";
import type { Options } from "./options.ts";

/** A target of driver `static`, with all that it is reached by. */
export interface Setting extends Pick<
  DriverWorld,
  "shell" | "hosts" | "http" | "clock" | "folder" | "project" | "target" | "fence"
> {
  readonly options: Options;
}
