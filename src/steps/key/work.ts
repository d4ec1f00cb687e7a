import type { Work } from "../../ports/step-kind.ts";
import type { KeySpec } from "./spec.ts";

export type KeyWork = Work<KeySpec>;
